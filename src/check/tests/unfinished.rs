//! What is said of the end of a job and of somebody who is gone, and shows neither.

use super::absence::{codes, job};

#[test]
fn a_job_that_goes_on_or_is_done_in_part_is_not_done() {
    for wrong in [
        // A step before the work itself.
        "$.state == \"UploadComplete\"",
        "$.status == \"upload_finished\"",
        "$.status == \"Validation completed\"",
        // It waits, or hangs.
        "$.status == \"open\"",
        "$.state == \"stalled\"",
        "$.state in [\"done\", \"stuck\"]",
        // It goes on.
        "$.phase == \"importing\"",
        "$.phase == \"data_loading\"",
        "$.phase == \"Exporting records\"",
        // Some of it failed.
        "$.status == \"completed_with_errors\"",
        "$.status == \"completedWithErrors\"",
        "$.status == \"FINISHED_WITH_FAILURES\"",
        "$.status == \"Completed with warnings\"",
        "$.status == \"partially_completed\"",
        "$.status == \"PARTIAL_SUCCESS\"",
        // A process that runs has the code 0, too.
        "$.exit_code == 0",
        "$.exit_code == 1",
        "$.process.exitStatus == \"3\"",
        "$.error_code == \"X12\"",
        "$.error == \"none\"",
        "$.numberRecordsFailed == 0",
        // One of one, or the first percent.
        "$.progress == 1",
        "$.progress >= 1",
        "$.percent == 1",
    ] {
        assert_eq!(job(wrong), ["E0580"], "{wrong}");
    }
    for fine in [
        "$.state == \"finished_without_errors\"",
        "$.state == \"COMPLETED_NO_WARNINGS\"",
        "$.state == \"Completed with 0 errors\"",
        "$.state == \"processing_complete\"",
        "$.state == \"JobComplete\"",
        "$.state == \"ImportCompleted\"",
        "$.state == \"imported\"",
        "$.state == \"Everything is done\"",
        "$.account.state == \"open\"",
        "$.status == \"closed\"",
        "$.exit_code == 0 and $.state == \"exited\"",
        "$.result_code == \"DONE\"",
        "$.progress == 100",
        "$.percent >= 100",
    ] {
        assert_eq!(job(fine), [""; 0], "{fine}");
    }
}

#[test]
fn a_refusal_and_a_part_of_the_system_that_is_not_there_make_nobody_gone() {
    for wrong in [
        "$.connected == false",
        "$.isConnected == \"false\"",
        "$.available == false",
        "$.permitted == false",
        "$.reachable == \"no\"",
        "$.permission == \"none\"",
        "$.scopes == \"users\"",
        "$.code == \"ROUTE_NOT_FOUND\"",
        "$.code == \"no_route\"",
        "$.code == \"SERVICE_NOT_FOUND\"",
        "$.error.code == \"noSuchService\"",
        "$.code == \"tenant_not_found\"",
        "$.code in [\"no_user\", \"missing_tenant\"]",
        "$.message == \"no such host\"",
        "$.message == \"Unknown database\"",
        "$.message == \"The requested endpoint does not exist\"",
    ] {
        assert_eq!(codes("", &format!("gone when {wrong}")), ["E0524"], "{wrong}");
    }
    for fine in [
        "$.exists == false",
        "$.active == false",
        "$.code == \"NoSuchKey\"",
        "$.code == \"unknown_employee\"",
        "$.code == \"application_not_found\"",
        "$.message == \"User not found in tenant\"",
        "$.message == \"The requested user does not exist\"",
    ] {
        assert_eq!(codes("", &format!("gone when {fine}")), [""; 0], "{fine}");
    }
}
