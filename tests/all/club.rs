//! The calls of the members of a club, behind HTTP, that the systems of several tests have.

/// Lines of a collection `members`.
macro_rules! member_calls {
    () => {
        r#"    key id
    lists all
    list GET "/members" {
      items $.items
      total $.total
    }
    get GET "/members/{id}" {
      gone when status == 404
    }
    find by number GET "/members" {
      query "number" = number
      items $.items
    }
    create POST "/members"
    update PATCH "/members/{id}"
"#
    };
}

pub(crate) use member_calls;
