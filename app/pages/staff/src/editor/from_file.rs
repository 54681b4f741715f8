//! A new poll from a file: one field, and what is wrong in the file that was sent.

use super::{
    api::creation::read_file_page,
    parts::{Crumb, Crumbs, param},
    view::{FilePage, copy::FIELD},
};
use leptos::prelude::*;
use ports::{
    forms::{FieldFault, Form},
    routes,
};
use ui::{ErrorSummary, FileInput, Hidden, Submit, Title, load, t, words};

/// What is wrong inside the file. There is no field for it here: the summary leads to this list.
fn inside(form: &Form<()>) -> impl IntoView + use<> {
    let faults: Vec<FieldFault> =
        form.faults.iter().filter(|fault| fault.field != FIELD).cloned().collect();
    (!faults.is_empty()).then(|| {
        view! {
            <section aria-labelledby="in-file">
                <h2 class="govuk-heading-m" id="in-file">{t!(editor.file_faults)}</h2>
                <p class="govuk-body">{t!(editor.file_faults_text)}</p>
                <ul class="govuk-list govuk-list--bullet">
                    {faults.into_iter().map(|FieldFault { field, fault }| view! {
                        <li id=field class="govuk-error-message" tabindex="-1">{words::fault(&fault)}</li>
                    }).collect_view()}
                </ul>
            </section>
        }
    })
}

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_file_page(param("department")), |page: FilePage| {
        let FilePage { department, new, form } = page;
        view! {
            <Title text=format!("{} – {}", t!(editor.from_file), t!(common.brand))/>
            <Crumbs trail=vec![
                Crumb::desk(),
                Crumb::named(routes::department(department.id), &department.name),
                Crumb::new(routes::new_poll(department.id), t!(editor.new_poll)),
            ]/>
            <ErrorSummary faults=form.faults.clone()/>
            <h1 class="govuk-heading-l">{t!(editor.from_file)}</h1>
            <p class="govuk-body">{t!(editor.from_file_text)}</p>
            {inside(&form)}
            <form method="post" action=routes::IMPORT enctype="multipart/form-data">
                <Hidden name="department" value=department.id.to_string()/>
                <Hidden name="new" value=new.to_string()/>
                <FileInput name=FIELD label=t!(editor.file) hint=Some(t!(editor.file_hint))
                    accept=".json,application/json" fault=form.fault(FIELD).cloned()/>
                <Submit words=t!(editor.create)/>
            </form>
        }
    })
}
