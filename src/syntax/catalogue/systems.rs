//! Systems: how they are reached, how to sign in, their limits and errors.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const SYSTEM: &[R] = &[R::system_block];
const HTTP: &[R] = &[R::http_block];
const OAUTH: &[R] = &[R::oauth_block];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("title", R::title_stmt, &[R::system_block, R::pipeline_block], "Gives the name that people read.", "title \"Service desk\"").once_checked(),
    Entry::new("http", R::http_stmt, SYSTEM, "Gives the base address of a system that is reached over HTTP, and what applies to each request.", "http \"https://api.example.com\" {\n  auth bearer secret.token\n}"),
    Entry::new("sqlite", R::database_stmt, SYSTEM, "Names the database file of the system. Databases are not supported yet.", "sqlite \"hr.db\""),
    Entry::new("postgres", R::database_stmt, SYSTEM, "Names the database of the system. Databases are not supported yet.", "postgres setting.database"),
    Entry::new("ldap", R::database_stmt, SYSTEM, "Names the directory of the system. Directories are not supported yet.", "ldap \"ldaps://directory.example.com\""),
    Entry::new("auth", R::auth_stmt, HTTP, "Says how to sign in. Of several lines with `when`, the first whose condition is true is used.", "auth basic setting.user, secret.password").with("basic bearer when"),
    Entry::new("auth jwt", R::auth_jwt, HTTP, "Signs a token with the given claims for each sign-in.", "auth jwt hs256 secret.key {\n  sub = setting.user\n}").with("hs256"),
    Entry::new("auth oauth2", R::auth_oauth2, HTTP, "Fetches a token from a token server by one of four grants, and renews it before it expires.", "auth oauth2 client_credentials {\n  token  \"https://example.com/token\"\n  client setting.id, secret.secret\n}").with("client_credentials password refresh_token jwt_bearer"),
    Entry::new("token", R::oauth_token, OAUTH, "Gives the address of the token server.", "token \"https://example.com/token\"").once(),
    Entry::new("client", R::oauth_client, OAUTH, "Gives the id and the secret of this program at the token server.", "client setting.id, secret.secret").once(),
    Entry::new("user", R::oauth_user, OAUTH, "Gives the user name and the password, for the grant `password`.", "user setting.user, secret.password").only_in(&["password"]).once(),
    Entry::new("scope", R::oauth_scope, OAUTH, "Names the permissions that the token is asked for.", "scope \"users.read\"").once(),
    Entry::new("refresh", R::oauth_refresh, OAUTH, "Gives the first refresh token, for the grant `refresh_token`.", "refresh secret.refresh").only_in(&["refresh_token"]).once(),
    Entry::new("key", R::oauth_key, OAUTH, "Gives the private key that signs the assertion, for the grant `jwt_bearer`.", "key secret.key").only_in(&["jwt_bearer"]).once(),
    Entry::new("claims", R::oauth_claims, OAUTH, "Lists the claims of the assertion, for the grant `jwt_bearer`.", "claims {\n  sub = setting.user\n}").only_in(&["jwt_bearer"]).once(),
    Entry::new("header", R::header_stmt, &[R::http_block, R::call_block], "Sends a header with each request, or with this call. A missing value is not sent.", "header \"X-Tenant\" = setting.tenant"),
    Entry::new("query", R::query_stmt, &[R::call_block, R::http_block], "Sends a query parameter. A missing value is not sent.", "query \"limit\" = page.size"),
    Entry::new("format", R::format_stmt, HTTP, "Sets the format of requests and answers.", "format xml").once().default("`json`").with("json json_api xml csv json_lines"),
    Entry::new("verify", R::verify_stmt, HTTP, "Names the request that tests the credentials, before anything else is sent.", "verify GET \"/v2/me\" identity $.email").once().with("identity"),
    Entry::new("identity", R::identity_clause, HTTP, "Gives the path of the account that is signed in, so that reports can name it.", "verify GET \"/v2/me\" identity $.email"),
    Entry::new("limit", R::limit_stmt, HTTP, "Limits how many requests may be sent in a second, minute, hour or day, and how many at the same time.", "limit 60 per minute, 4 concurrent").once().with("per second minute hour day concurrent"),
    Entry::new("retry", R::retry_stmt, HTTP, "Says which failures are tried again, and how often.", "retry 429, 5xx, timeout up to 6 times").once().with("timeout 5xx 4xx up to times"),
    Entry::new("error", R::error_stmt, HTTP, "Says where the vendor's message and code are, and which class each has: `auth` stops the run, `limit` waits, `temporary` is tried again, and the others fail the record.", "error $.message code $.code {\n  \"duplicate\" is conflict\n}").with("code is auth limit invalid conflict missing temporary"),
    Entry::new("code", R::error_code, HTTP, "Gives the path of the vendor's error code.", "error $.message code $.code"),
];
