//! What the pages of the account ask of the server. Each function speaks of the caller alone, and
//! fails with [`Failure::SignedOut`] where nobody is signed in.

use super::{
    data::read_stated,
    deletion::{CONFIRM, confirms},
    view::{
        Accesses, Confirmation, ConsentPage, ConsentsPage, Data, DataPage, DeletionPage, Device,
        Notice, Overview, STATED_FORM, Settings, Source, StatedFields,
    },
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    caller::signed_in,
    failure::Failure,
    forms::{
        Done, Fault, FieldFault, Form, Post, Stop, finish, forget, posted, posted_form, refused,
    },
    look::language,
    ports, routes,
};
use questionnaire::Language;

/// The account at a glance.
///
/// # Errors
/// As every function [here](self).
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
    StatedFields { gender: value("gender"), region: value("region"), ..StatedFields::default() }
}

/// Everything that the portal knows of the caller; `poll` led them here, where it is one.
///
/// # Errors
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/data", input = GetUrl)]
pub async fn read_data(#[server(default)] poll: String) -> Result<DataPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let language = language();
    let regions = &ports.portal.regions;
    let regions = regions.iter().map(|it| (it.code.clone(), it.name.get(language).to_owned()));
    let regions = regions.collect();
    let refused: Option<Form<StatedFields>> = refused(STATED_FORM).await;
    // What somebody else typed in this browser is not shown.
    let refused = refused.filter(|it| !ports.accounts.is_of_another(&person, &it.typed.mark));
    let data = ports.accounts.data(&person).await?;
    let form = refused.unwrap_or_else(|| Form::fresh(stated(&data)));
    let poll = ports.poll_in_address(&poll).await?;
    Ok(DataPage { data, regions, form, poll, mark: ports.accounts.mark(&person) })
}

/// Keeps what the caller states, and leads to the poll that asked for it, if one did.
///
/// # Errors
/// As every function [here](self); [`Failure::Invalid`]; [`Failure::OtherPerson`] for a form that somebody
/// else opened.
#[server(prefix = "/api", endpoint = "account/state")]
pub async fn state(
    #[server(default)] gender: String,
    #[server(default)] region: String,
    #[server(default)] mark: String,
    #[server(default)] poll: String,
) -> Result<(), Failure> {
    let poll = poll.parse().ok();
    let here = routes::led_by(routes::ACCOUNT_DATA, poll);
    let next = poll.map_or_else(|| routes::ACCOUNT_DATA.to_owned(), routes::poll);
    let typed = &StatedFields { gender, region, mark };
    posted_form(&here, STATED_FORM, typed, |ports, person| async move {
        // Before what is wrong with it: that would wait for whoever is here now.
        if ports.accounts.is_of_another(&person, &typed.mark) {
            return Err(Stop::from(Failure::OtherPerson));
        }
        let stated = read_stated(typed, &ports.portal)
            .map_err(|faults| Stop::invalid(STATED_FORM, typed, faults))?;
        ports.accounts.state(&person, stated).await?;
        // What waited of an earlier try is in its place now.
        forget(&person.session, STATED_FORM).await;
        Ok((next, Some(Done::Saved)))
    })
    .await
}

/// The caller's consents: the page of the list with this number, or its first; `poll` as in [`read_data`],
/// which leads here.
///
/// # Errors
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/consents", input = GetUrl)]
pub async fn read_consents(
    #[server(default)] poll: String,
    #[server(default)] page: String,
) -> Result<ConsentsPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let list = ports.accounts.consents(&person, page.parse().unwrap_or(1)).await?;
    let poll = ports.poll_in_address(&poll).await?;
    Ok(ConsentsPage { list, poll })
}

/// One of the caller's consents; `poll` as in [`read_consents`], which leads here.
///
/// # Errors
/// As every function [here](self); [`Failure::NotFound`].
#[server(prefix = "/api", endpoint = "account/consent", input = GetUrl)]
pub async fn read_consent(
    #[server(default)] consent: String,
    #[server(default)] poll: String,
) -> Result<ConsentPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let consent = consent.parse().map_err(|_| Failure::NotFound)?;
    let consent = ports.accounts.consent(&person, consent).await?;
    let poll = ports.poll_in_address(&poll).await?;
    Ok(ConsentPage { consent, poll })
}

/// Revokes a consent of the caller and deletes what it released; leads back to the consents, with the poll
/// that they were opened with.
///
/// # Errors
/// As every function [here](self); [`Failure::NotFound`].
#[server(prefix = "/api", endpoint = "account/revoke")]
pub async fn revoke_consent(
    #[server(default)] consent: String,
    #[server(default)] poll: String,
) -> Result<(), Failure> {
    let consents = &routes::led_by(routes::ACCOUNT_CONSENTS, poll.parse().ok());
    posted(consents, move |ports, person| async move {
        let consent = consent.parse().map_err(|_| Failure::NotFound)?;
        ports.accounts.revoke(&person, consent).await?;
        Ok((consents.clone(), Some(Done::Revoked)))
    })
    .await
}

/// Who used the caller's data: the page of the list with this number, or its first.
///
/// # Errors
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/accesses", input = GetUrl)]
pub async fn read_accesses(#[server(default)] page: String) -> Result<Accesses, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.accesses(&person, page.parse().unwrap_or(1)).await
}

/// Where the caller is signed in.
///
/// # Errors
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/sign-ins", input = GetUrl)]
pub async fn read_sign_ins() -> Result<Vec<Device>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.sign_ins(&person).await
}

/// Ends another sign-in of the caller.
///
/// # Errors
/// As every function [here](self); [`Failure::NotFound`].
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
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/end-other-sign-ins")]
pub async fn end_other_sign_ins() -> Result<(), Failure> {
    posted(routes::ACCOUNT_SIGN_INS, move |ports, person| async move {
        ports.accounts.end_other_sign_ins(&person).await?;
        Ok((routes::ACCOUNT_SIGN_INS.to_owned(), Some(Done::OthersEnded)))
    })
    .await
}

/// The caller's settings.
///
/// # Errors
/// As every function [here](self).
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
/// As every function [here](self); [`Failure::Invalid`] for a language that there is not.
#[server(prefix = "/api", endpoint = "account/language")]
pub async fn choose_language(#[server(default)] language: String) -> Result<(), Failure> {
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
/// As every function [here](self).
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
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/deletion", input = GetUrl)]
pub async fn read_deletion() -> Result<DeletionPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(CONFIRM).await.unwrap_or_default();
    let deletion = ports.accounts.deletion(&person).await?;
    Ok(DeletionPage { deletion, form })
}

/// The account stays, although this word was typed.
fn stays(word: String, fault: Fault) -> Stop {
    Stop::invalid(CONFIRM, &Confirmation { word }, vec![FieldFault::new("word", fault)])
}

/// Nobody confirmed by this word, on their own page, that the account is to go.
fn unconfirmed(word: String) -> Stop {
    stays(word, Fault::NotConfirmed)
}

/// Deletes the caller's account, and leads to where the identity provider's sign-in ends, too. Whoever is signed
/// out because the account of that very page is deleted already is told so once more.
///
/// # Errors
/// As every function [here](self); [`Failure::Invalid`] without the word that confirms it, and for the
/// last administrator.
#[server(prefix = "/api", endpoint = "account/delete")]
pub async fn delete_account(
    #[server(default)] word: String,
    #[server(default)] mark: String,
) -> Result<(), Failure> {
    let (post, ports, person) = (Post::current(), ports(), signed_in());
    let language = language();
    let outcome = async {
        let leads_to = match person {
            // Whose page it was is not whose account would go: this person has the word to type, too.
            Ok(person) if ports.accounts.is_of_another(&person, &mark) => {
                return Err(unconfirmed(String::new()));
            }
            Ok(_) if !confirms(&word) => return Err(unconfirmed(word)),
            Ok(person) => {
                let deleted = ports.accounts.delete(&person, language).await?;
                deleted.map_err(|fault| stays(word, fault))?
            }
            Err(failure) => {
                if !ports.accounts.is_deleted(&mark).await? {
                    return Err(failure.into());
                }
                None
            }
        };
        let only_here = || (routes::HOME.to_owned(), Some(Done::AccountDeletedHere));
        Ok(leads_to.map_or_else(only_here, |to| (to, Some(Done::AccountDeleted))))
    }
    .await;
    finish(&post, routes::ACCOUNT_DELETE, outcome).await
}

/// The caller's inbox.
///
/// # Errors
/// As every function [here](self).
#[server(prefix = "/api", endpoint = "account/inbox", input = GetUrl)]
pub async fn read_inbox() -> Result<Vec<Notice>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.accounts.inbox(&person).await
}
