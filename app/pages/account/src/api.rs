//! What the pages of the account ask of the server. Each speaks of the caller alone.

use super::view::{Access, Consent, DataPage, DeletionPage, Device, Notice, Overview, Settings};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::failure::Failure;

use super::{
    data::{STATED, read_stated},
    deletion::{CONFIRM, confirms},
    view::{Confirmation, Data, Source, StatedFields},
};
use ports::{
    caller::signed_in,
    forms::{Done, Fault, FieldFault, Form, Post, Stop, posted, refused},
    look::language,
    ports, routes,
};

/// The account at a glance.
///
/// # Errors
/// [`Failure::SignedOut`], as all that follow.
#[server(prefix = "/api", endpoint = "account/overview", input = GetUrl)]
pub async fn read_overview() -> Result<Overview, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.overview(&person).await
}

/// What is stated in the data, as the form shows it.
fn stated(data: &Data) -> StatedFields {
    let value = |name: &str| {
        let fact = data.facts.iter().find(|it| it.name == name && it.source == Source::Stated);
        fact.and_then(|fact| fact.value.as_str()).unwrap_or_default().to_owned()
    };
    StatedFields { gender: value("gender"), region: value("region") }
}

/// Everything that the portal knows of the caller.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/data", input = GetUrl)]
pub async fn read_data() -> Result<DataPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let language = language();
    let regions = &ports.portal.regions;
    let regions = regions.iter().map(|it| (it.code.clone(), it.name.get(language).to_owned()));
    let regions = regions.collect();
    let refused: Option<Form<StatedFields>> = refused(STATED).await;
    let data = ports.accounts.data(&person).await?;
    let form = refused.unwrap_or_else(|| Form::fresh(stated(&data)));
    Ok(DataPage { data, regions, form })
}

/// Keeps what the caller states.
///
/// # Errors
/// As above; [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "account/state")]
pub async fn state(
    #[server(default)] gender: String,
    #[server(default)] region: String,
) -> Result<(), Failure> {
    posted(routes::ACCOUNT_DATA, move |ports, person| async move {
        let fields = StatedFields { gender, region };
        let stated = read_stated(&fields, &ports.portal)
            .map_err(|faults| Stop::invalid(STATED, &fields, faults))?;
        ports.accounts.state(&person, stated).await?;
        Ok((routes::ACCOUNT_DATA.to_owned(), Some(Done::Saved)))
    })
    .await
}

/// The caller's consents.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/consents", input = GetUrl)]
pub async fn read_consents() -> Result<Vec<Consent>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.consents(&person).await
}

/// Revokes a consent of the caller and deletes what it released.
///
/// # Errors
/// As above; [`Failure::NotFound`].
#[server(prefix = "/api", endpoint = "account/revoke")]
pub async fn revoke_consent(#[server(default)] consent: String) -> Result<(), Failure> {
    posted(routes::ACCOUNT_CONSENTS, move |ports, person| async move {
        let consent = consent.parse().map_err(|_| Failure::NotFound)?;
        ports.accounts.revoke(&person, consent).await?;
        Ok((routes::ACCOUNT_CONSENTS.to_owned(), Some(Done::Revoked)))
    })
    .await
}

/// Who used the caller's data.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/accesses", input = GetUrl)]
pub async fn read_accesses() -> Result<Vec<Access>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.accesses(&person).await
}

/// Where the caller is signed in.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/sign-ins", input = GetUrl)]
pub async fn read_sign_ins() -> Result<Vec<Device>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.sign_ins(&person).await
}

/// Ends another sign-in of the caller.
///
/// # Errors
/// As above; [`Failure::NotFound`].
#[server(prefix = "/api", endpoint = "account/end-sign-in")]
pub async fn end_sign_in(#[server(default)] handle: String) -> Result<(), Failure> {
    posted(routes::ACCOUNT_SIGN_INS, move |ports, person| async move {
        ports.accounts.end_sign_in(&person, &handle).await?;
        Ok((routes::ACCOUNT_SIGN_INS.to_owned(), Some(Done::SessionEnded)))
    })
    .await
}

/// Ends every sign-in of the caller but this one.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/end-other-sign-ins")]
pub async fn end_other_sign_ins() -> Result<(), Failure> {
    posted(routes::ACCOUNT_SIGN_INS, move |ports, person| async move {
        ports.accounts.end_other_sign_ins(&person).await?;
        Ok((routes::ACCOUNT_SIGN_INS.to_owned(), Some(Done::SessionEnded)))
    })
    .await
}

/// The caller's settings.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/settings", input = GetUrl)]
pub async fn read_settings() -> Result<Settings, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let language = language();
    Ok(Settings { language, staff_code: ports.accounts.staff_code(&person).await? })
}

/// Keeps the language of the pages: with the account, and in this browser.
///
/// # Errors
/// As above; [`Failure::Invalid`] for a language that there is not.
#[server(prefix = "/api", endpoint = "account/language")]
pub async fn choose_language(#[server(default)] language: String) -> Result<(), Failure> {
    use questionnaire::Language;
    let post = Post::current();
    posted(routes::ACCOUNT_SETTINGS, move |ports, person| async move {
        let language: Language = language.parse().map_err(|()| Failure::Invalid)?;
        ports.accounts.set_language(&person, language).await?;
        post.remember_language(language);
        Ok((routes::ACCOUNT_SETTINGS.to_owned(), Some(Done::Saved)))
    })
    .await
}

/// Makes the caller's staff code.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/staff-code")]
pub async fn make_staff_code() -> Result<(), Failure> {
    posted(routes::ACCOUNT_SETTINGS, move |ports, person| async move {
        ports.accounts.make_staff_code(&person).await?;
        Ok((routes::ACCOUNT_SETTINGS.to_owned(), Some(Done::Saved)))
    })
    .await
}

/// What deleting the account means for the caller.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/deletion", input = GetUrl)]
pub async fn read_deletion() -> Result<DeletionPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(CONFIRM).await.unwrap_or_default();
    Ok(DeletionPage { deletion: ports.accounts.deletion(&person).await?, form })
}

/// Deletes the caller's account.
///
/// # Errors
/// As above; [`Failure::Invalid`] without the word that confirms it.
#[server(prefix = "/api", endpoint = "account/delete")]
pub async fn delete_account(#[server(default)] word: String) -> Result<(), Failure> {
    posted(routes::ACCOUNT_DELETE, move |ports, person| async move {
        if !confirms(&word) {
            let faults = vec![FieldFault::new("word", Fault::NotConfirmed)];
            return Err(Stop::invalid(CONFIRM, &Confirmation { word }, faults));
        }
        ports.accounts.delete(&person).await?;
        Ok((routes::HOME.to_owned(), Some(Done::AccountDeleted)))
    })
    .await
}

/// The caller's inbox.
///
/// # Errors
/// As above.
#[server(prefix = "/api", endpoint = "account/inbox", input = GetUrl)]
pub async fn read_inbox() -> Result<Vec<Notice>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.inbox(&person).await
}
