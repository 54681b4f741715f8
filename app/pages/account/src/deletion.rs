//! Deleting the account: told beforehand what goes and what stays.

use super::{api, frame::Heading, view::DeletionPage};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{routes, settled_days};
use ui::{Hidden, Submit, TextInput, load, t, words};

/// The name under which the refused form waits.
pub const CONFIRM: &str = "account-delete";

/// Whether the typed word confirms the deletion. The word of either language does: somebody may
/// change the language between reading and typing.
#[must_use]
pub fn confirms(typed: &str) -> bool {
    let typed = typed.trim().to_lowercase();
    [locales::i18n::Locale::en, locales::i18n::Locale::ru]
        .into_iter()
        .any(|locale| typed == ui::t_string!(locale, account.delete_word).to_lowercase())
}

fn list(items: Vec<String>) -> impl IntoView {
    view! {
        <ul class="govuk-list govuk-list--bullet">
            {items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()}
        </ul>
    }
}

/// The page that deletes the account.
#[component]
pub fn Page() -> impl IntoView {
    let portal = ports::ports().portal;
    load(api::read_deletion(), move |page: DeletionPage| {
        let deletion = &page.deletion;
        let mut gone = vec![
            t!(account.gone_data),
            t!(account.gone_consents),
            t!(account.gone_sign_ins),
            t!(account.gone_open),
            t!(account.gone_drafts),
        ];
        let settled = u32::from(settled_days(portal.backup_days));
        let mut stays = vec![
            t!(account.stays_closed, count = settled),
            t!(account.stays_batch),
            t!(account.stays_late),
        ];
        stays.extend(words::backups(portal.backup_days));
        stays.push(words::files(portal.traces.deleted));
        if deletion.staff {
            gone.push(t!(account.gone_roles));
        }
        if deletion.recorded {
            stays.push(t!(account.stays_log));
        }
        let last = deletion.last_administrator;
        // Its field is not there then, and what is wrong stands in its place.
        let faults = if last { Vec::new() } else { page.form.faults.clone() };
        view! {
            <Heading text=t!(account.delete) faults/>
            <p class="govuk-body veche-lede">{t!(account.delete_lede)}</p>
            <h2 class="govuk-heading-m">{t!(account.gone)}</h2>
            {list(gone)}
            <h2 class="govuk-heading-m">{t!(account.stays)}</h2>
            {list(stays)}
            <p class="govuk-body">
                <a class="govuk-link" href=routes::ACCOUNT_DOWNLOAD>{t!(account.delete_download)}</a>
            </p>
            <p class="govuk-body-s">{t!(common.shared_computer)}</p>
            {if last { only_administrator().into_any() } else { form(&page).into_any() }}
        }
    })
}

/// What stands in the place of the form for whoever alone administers the portal.
fn only_administrator() -> impl IntoView {
    view! {
        <p class="govuk-inset-text">
            {t!(account.delete_last_administrator)} " "
            <a class="govuk-link" href=routes::STAFF_ADMIN>{t!(staff.admin)}</a>
        </p>
    }
}

/// The form that deletes the account.
fn form(page: &DeletionPage) -> impl IntoView + use<> {
    view! {
        <form method="post" action=api::DeleteAccount::PATH>
            <Hidden name="mark" value=page.deletion.mark.clone()/>
            <TextInput name="word" label=t!(account.delete_confirm, word = t!(account.delete_word))
                hint=Some(t!(account.delete_hint)) value=page.form.typed.word.clone()
                autocomplete="off" width="govuk-input--width-10" fault=page.form.fault("word").cloned()/>
            <Submit words=t!(account.delete_button) class="govuk-button--warning"/>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::confirms;

    #[test]
    fn only_the_word_confirms() {
        for word in ["DELETE", " delete ", "УДАЛИТЬ", "удалить"] {
            assert!(confirms(word), "{word}");
        }
        for other in ["", "yes", "DELETE IT", "DELET"] {
            assert!(!confirms(other), "{other}");
        }
    }
}
