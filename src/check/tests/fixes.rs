//! An edit that is offered alone fixes what it is offered for.

use super::{
    fixtures::{cases, folder},
    support::{Disk, Overlay, check_in},
};
use crate::diagnose::{Diagnostic, edit};

#[test]
fn each_only_fix_mends_its_mistake_and_makes_no_other_syntax_error() {
    let mut tried = 0;
    for case in cases() {
        let file = format!("{case}.sync");
        let checked = check_in(&Disk(folder()), &file);
        for one in checked.diagnostics.iter().filter(|one| edit::fixable(one)) {
            let (texts, _) = edit::apply_fixes([one], &checked.sources);
            let overlay = Overlay::over(&checked.sources, texts, folder(), &file);
            let again = check_in(&overlay, &file);
            let same = |other: &&Diagnostic| other.code == one.code && other.message == one.message;
            let count = |all: &[Diagnostic]| all.iter().filter(same).count();
            assert!(count(&again.diagnostics) < count(&checked.diagnostics), "{file}: {} {}", one.code, one.message);
            let syntax = |all: &[Diagnostic]| all.iter().filter(|one| one.code.starts_with("E01")).count();
            assert!(syntax(&again.diagnostics) <= syntax(&checked.diagnostics), "{file}: {} {}", one.code, one.message);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}
