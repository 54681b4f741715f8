//! What the sign-in page asks of the server.

use super::view::SignIn;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    caller::caller, failure::Failure, look::language, ports, routes, views::sign_in::Errand,
};

/// What will be asked of the identity provider, for anybody. `need` are names of attributes with
/// commas between them.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api", endpoint = "sign-in", input = GetUrl)]
pub async fn read_sign_in(
    #[server(default)] return_to: String,
    #[server(default)] need: String,
) -> Result<SignIn, Failure> {
    let ports = ports();
    let person = caller().0;
    let language = language();
    let errand = Errand {
        return_to: routes::local(&return_to),
        need: need
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect(),
    };
    ports.accounts.sign_in(person.as_ref(), &errand, language).await
}
