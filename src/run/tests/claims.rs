//! Whose account it is: what the key says, which record claims it, and which writes count as taking it away.

use super::{
    fixture::*,
    scenarios::{many, member, person},
};

#[test]
fn a_filter_on_the_key_hides_no_row_from_its_link() {
    let (source, target, links) = many(12);
    let filter = "include when employee.number starts with \"0000\" as \"of the first nine\"";
    let fixture = |leaver: &str| {
        Fixture::new(&source, &target, &links).leaver(leaver).edit("  key employee.number", &format!("  {filter}\n  key employee.number"))
    };
    let here = "12 read: 9 unchanged, 3 out of scope";
    assert_eq!(fixture("when missing for 1 runs").verdicts(), here, "they are in the read");
    let leaves = fixture("when out of scope").verdicts();
    assert!(leaves.contains("leave 00011 = m11 (out of scope: not of the first nine) active:true→false"), "{leaves}");
    let ended = replaced(&source, "\"00011\",", "\"00011\", \"contract_end\": \"2026-02-01\",");
    let fixture = Fixture { source: ended.clone(), ..fixture("") };
    assert!(fixture.verdicts().starts_with("leave 00011 = m11 (contract ended 2026-02-01)"), "{}", fixture.verdicts());
    let unlinked = Fixture { links: Default::default(), ..fixture };
    assert!(unlinked.verdicts().contains("3 out of scope"), "without a link it is nobody's leaver: {}", unlinked.verdicts());
}

/// A row without a key that a filter names is no unknown row, and of several rows with one key those that a filter excludes do not count.
#[test]
fn rows_that_a_filter_on_the_key_names_do_not_stand_in_the_way() {
    let source = person("1", "A", "a@x.com", "") + "{\"id\": 7, \"number\": null, \"last_name\": \"X\"}\n";
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let without = "exclude when employee.number is missing as \"no number\"";
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2").leaver("when missing for 1 runs");
    let fixture = fixture.edit("  key employee.number", &format!("  {without}\n  key employee.number"));
    assert!(fixture.verdicts().starts_with("leave 2 = m2 (missing for 1 run)"), "{}", fixture.verdicts());

    let source = person("1-A", "A", "a@x.com", "") + &person("1-B", "A", "a@x.com", "");
    let key = "  exclude when employee.number ends with \"B\" as \"second contract\"\n  key employee.number | slice(0, 1)";
    let edits = [("  key employee.number", key), ("external_id = employee.number\n", "external_id = employee.number | slice(0, 1)\n")];
    let edits = [edits[0], edits[1], ("external_id  = employee.number", "external_id  = employee.number | slice(0, 1)")];
    let fixture = Fixture::edited(&edits, &source, &target, "1=m1");
    assert_eq!(fixture.verdicts(), "2 read: 1 unchanged, 1 out of scope");
}
