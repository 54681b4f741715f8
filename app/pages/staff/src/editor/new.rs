//! A new poll: languages, title, purpose, and what it starts from.

use super::{
    api::creation::{Create, read_new},
    basics::{BasicsFields, languages},
    parts::{Crumb, Crumbs, param, told},
    templates::Template,
    view::{MAX_COPIED, NewPage},
    words::{self, title},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::routes;
use ui::{Choice, Hidden, Radios, Submit, Title, lang_of, load, t};

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_new(param("department")), |page: NewPage| {
        let NewPage { department, polls, older, form } = page;
        let hint = older.then(|| t!(editor.start_hint, number = MAX_COPIED));
        let (typed, mark) = (form.typed.clone(), form.typed_mark());
        let mut starts: Vec<Choice> = Template::ALL
            .into_iter()
            .map(|template| {
                let (name, hint) = words::template(template);
                Choice::new(template.code(), name, typed.start == template.code()).hint(hint)
            })
            .collect();
        starts.extend(polls.into_iter().map(|poll| {
            let id = poll.id.to_string();
            let chosen = typed.start == id;
            let lang = lang_of(&poll.title);
            let hint = words::copied(&poll);
            Choice { lang, ..Choice::new(id, title(&poll.title), chosen) }.hint(hint)
        }));
        view! {
            <Title text=format!("{} – {}", t!(editor.new_poll), t!(common.brand))/>
            <Crumbs trail=vec![
                Crumb::desk(),
                Crumb::named(routes::department(department.id), &department.name),
            ]/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.new_poll)}</h1>
            <p class="govuk-body">
                <a class="govuk-link" href=routes::new_poll_from_file(department.id)>{t!(editor.from_file_link)}</a>
            </p>
            <form method="post" action=Create::PATH data-typed=mark>
                <Hidden name="department" value=department.id.to_string()/>
                <Hidden name="new" value=typed.new/>
                <BasicsFields chosen=languages(&typed.languages) title=typed.title purpose=typed.purpose form=form.clone()/>
                <Radios name="start" legend=t!(editor.start) hint choices=starts autocomplete="off"
                    fault=form.fault("start").cloned()/>
                <Submit words=t!(editor.create)/>
            </form>
        }
    })
}
