//! What `show` says of the integrations, before anything is read.

use super::project::TestProject;
use insta::assert_snapshot;

/// The screen, without the hash that every edit of a file changes.
fn shown(pipeline: &str) -> String {
    let project = TestProject::with_pipelines();
    // Fields of Arlo are known once Arlo was asked.
    project.sandboxed(&["plan", pipeline]);
    let shown = project.sandboxed(&["show", pipeline, "--format", "text"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let head = shown.out.find("execution plan p-").unwrap();
    shown.out.replace(&shown.out[head..head + "execution plan p-00000000".len()], "execution plan p-…")
}

#[test]
fn each_and_events() {
    assert_snapshot!(shown("arlo_registrations_to_touchpoints"), @r#"
    Arlo registrations to Wicket touchpoints                         execution plan p-…   SANDBOX
                                                                                                    line
    1  read     arlo.registrations
                GET /registrations/, 250 a page, by their links, 300 requests a minute                11
                  12 of 13: id contact_id event_code event_name activity_code activity_name status
                  attendance grade completed_at created_at last_modified
                  complete when no link leads to another page
                  what changed since the last run, 1 h further back; everything every 30 days         12
    2  for each state in [ "registered", if registration.attendance == "Attended" or registration.status
                == "Completed" then "completed", if registration.status == "Cancelled" then "cancelled",
                ] | present: a row of its own                                                         13
    3  extract  code        registration.event_code ?? registration.activity_code                     20
                course      registration.event_name ?? registration.activity_name ?? code             21
                action      if state == "registered" then "Registered for an event" else if state ==
                "completed" then "Completed an event" else "Cancelled a registration"                 22
                event_id    "arlo-registration-{registration.id}-{state}"                             25
    4  know     what was sent already, by event_id                                                    30
    5  scope    exclude  registration.contact_id is missing         out: "has no contact"             27
                exclude  registration.status == "PendingApproval"   out: "waits for approval"         28
    6  send     external_event_id action code occurred_at person service                              32
                details, kept when missing                                                            36
                course, kept when missing                                                             37
                grade, kept when missing                                                              38
    7  guard    creates at most 5000                                                                  47
    8  apply    each event once; one without an answer is sent again, and wicket drops doubles

    can write  9 attributes of wicket.touchpoints, each listed above
    cannot     delete a record; change a record; send an event twice; treat a record as a leaver
    "#);
}

#[test]
fn a_join_of_many_and_the_other_direction() {
    assert_snapshot!(shown("wicket_people_to_arlo"), @r#"
    Wicket people to Arlo contacts                                   execution plan p-…   SANDBOX
                                                                                                    line
    1  read     wicket.people           GET /people, 50 a page, by their links, 120 requests a minute
                                                                                                      14
                  13 of 24: id full_name title status updated_at email.address phone.number
                  address.line_1 address.line_2 address.city address.state address.postcode
                  address.country
                  complete when the announced total is met
    2  join     wicket.person_memberships
                POST /person_memberships/query, 50 a page, 120 requests a minute                      15
                  4 of 5: id person_id tier ends_at
                  memberships, as a list, on memberships.person_id == person.id and (memberships.ends_at
                  is missing or memberships.ends_at > now)
    3  read     arlo.contacts
                GET /contacts/, 250 a page, by their links, 300 requests a minute                     17
                  13 of 22: id email phone_work status last_modified employment.title address.line_1
                  address.line_2 address.city address.state address.postcode address.country
                  custom.MemberTier
    4  extract  membership  memberships.tier | present | unique | sort | join(", ")                   19
    5  link     by id, before anything else is asked                                                  14
                the links of `arlo_contacts_to_wicket`, the other direction, are the same
                                                                          arlo_contacts_to_wicket.sync:4
    6  scope    include  person.email.address is present   else out: not "has a primary e-mail address"
                                                                                                      21
                exclude  person.status == "inactive"       out: "inactive"                            22
    7  match    email                                                                                 25
                held if several accounts or records match, or if two lines disagree
    8  compare                                                                                        29
                phone_work, on a condition, cleared when missing, where both sides changed it the newest
                wins                                                                                  31
                address.line_1, on a condition, cleared when missing                                  35
                address.line_2, on a condition, cleared when missing                                  36
                address.city, on a condition, cleared when missing                                    37
                address.state, on a condition, cleared when missing                                   38
                address.postcode, on a condition, cleared when missing                                39
                address.country, on a condition, cleared when missing                                 40
                employment.title, on a condition, kept when missing                                   42
                custom.MemberTier, on a condition, cleared when missing                               43
    9  guard    updates at most 30% or 50 of the open links                                           47
    10 apply    updates; an unknown outcome is looked up by email

    can write  9 attributes of arlo.contacts, each listed above
    cannot     delete a record; create a record; treat a record as a leaver
    "#);
}

#[test]
fn calls_for_leavers_alone() {
    assert_snapshot!(shown("sage_people_to_oomnitza_saas"), @r#"
    Sage People leavers to Oomnitza SaaS users                       execution plan p-…   SANDBOX
                                                                                                    line
    1  read     oomnitza.saas_users     GET /saas_users, 500 a page, 120 requests a minute            84
                  2 of 5: id email
                  complete when the total of the header is met
    2  join     sage_people.employees
                GET /employees, each page from the last `id` on, 15000 requests a day                 85
                  4 of 19: id email employment_active employment_end
                  employee, at most one, on employee.email | lower == account.email | lower
    3  read     oomnitza.saas_users     GET /saas_users, 500 a page, 120 requests a minute            86
                  2 of 5: id email
    4  link     by id, before anything else is asked                                                  84
    5  leave    employee.employment_active == false: call deactivate                                  92
                or employee.employment_end < today                                                    93
                on return: call activate                                                              96
    6  match    id                                                                                    88
                held if several accounts or records match, or if two lines disagree
    7  compare                                                                                        78
    8  guard    leavers at most 10% or 5 of the open links                                           100
    9  apply    leavers, then returns, updates; an unknown outcome is looked up in the next read

    can write  0 attributes of oomnitza.saas_users, each listed above, and call activate and deactivate
    cannot     delete a record; create a record; treat an unread record as a leaver
    "#);
}
