//! Rules of errors that hold because a list is not there at all (E0570).

use super::absence::codes;

#[test]
fn a_list_that_is_missing_is_no_error() {
    for wrong in [
        "error $.errors[0].detail when $.errors != []",
        "error $.errors[0].detail when [] != $.errors",
        "error $.errors[0].detail when not ($.errors == [])",
        "error $.why when $.errors != {}",
        "error $.why when $.success == false or $.errors != []",
        "error $.why when $.meta.problems != [] and $.x != \"y\"",
        "error $.why code $.code when $.errors != [] {\n      \"slow\" is limit\n    }",
        "invalid when $.errors != []",
        "temporary when status < 500 and $.warnings != []",
    ] {
        assert_eq!(codes(wrong, ""), ["E0570"], "{wrong}");
    }
    for fine in [
        "error $.errors[0].detail when $.errors is present and $.errors != []",
        "error $.errors[0].detail when $.errors[0] is present",
        "error $.errors[0].detail when status >= 400 and $.errors != []",
        "error $.why when $.success == false and $.errors != []",
        "error $.why when $.result == []",
        "error $.why when $.why != \"\"",
        "error $.why when $.code != 0",
        "error $.why when $.result is missing or $.result == []",
    ] {
        assert_eq!(codes(fine, ""), [""; 0], "{fine}");
    }
    // Of an outcome that needs evidence, an answer without the list is an empty one.
    assert_eq!(codes("", "gone when $.errors != []"), ["E0524"]);
}
