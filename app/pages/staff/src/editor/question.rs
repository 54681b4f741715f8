//! One question: its type first, then its form.

use super::{
    api::questions::{SaveQuestion, read_question},
    contents::question_rows,
    parts::{
        Lines, PollCrumbs, Seen, label, other_languages, param, query, readers_first, stored_now,
        titled, told,
    },
    question_form::{ADD_SEVERAL, OPTIONS, QuestionForm, SEVERAL, YES, option_anchor, option_name},
    reader::{field, typed},
    view::{QuestionPage, Settings},
    words,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{forms::Form, routes};
use questionnaire::{
    Language, QuestionType,
    definition::{MAX_OPTIONS, TO_COME},
};
use ui::{
    Checkboxes, Choice, Hidden, Legend, Radios, Submit, TextInput, Title, field::described_by,
    load, t,
};

/// Which type the new question has.
fn choose_kind(settings: Settings) -> impl IntoView {
    let choices = QuestionType::ALL
        .into_iter()
        .enumerate()
        .map(|(index, kind)| {
            Choice::new(kind.code(), words::kind(kind), index == 0).hint(words::kind_hint(kind))
        })
        .collect::<Vec<_>>();
    view! {
        <Title text=titled(&t!(editor.choose_kind), &settings.title)/>
        <PollCrumbs settings/>
        <form method="get">
            <Radios name="kind" legend=t!(editor.choose_kind) style=Legend::Heading choices/>
            <Submit words=t!(common.continue_)/>
        </form>
    }
}

/// A button of a row of options.
fn row_button(action: &'static str, index: usize, words: String) -> impl IntoView {
    view! {
        <button type="submit" class="veche-link-button" name="action" value=format!("{action}-{index}")>
            {words}
            <span class="govuk-visually-hidden">" " {t!(editor.of_option, number = index + 1)}</span>
        </button>
    }
}

/// One option: its words per language, whether it excludes the others, and its buttons.
#[component]
fn OptionFields(
    /// Its place, from 0.
    index: usize,
    /// How many rows there are.
    count: usize,
    /// The languages.
    languages: Vec<Language>,
    /// Whether the type knows exclusive options.
    exclusive: bool,
    /// The form.
    form: Form<QuestionForm>,
) -> impl IntoView {
    let several = languages.len() > 1;
    let row = form.typed.options.get(index).cloned().unwrap_or_default();
    let number = t!(editor.option_number, number = index + 1);
    let others = other_languages(&option_name(index), &languages, &row.text);
    let inputs = readers_first(languages)
        .into_iter()
        .map(|language| {
            let name = field(&option_name(index), language);
            let fault = form.fault(&name).cloned();
            let value = typed(&row.text, language).to_owned();
            let label = label(&number, language, several);
            view! {
                <TextInput name label style=Legend::Plain value fault lang=Some(language.tag())/>
            }
        })
        .collect_view();
    let exclusive = exclusive.then(|| {
        let id = format!("options[{index}][exclusive]");
        view! {
            <div class="govuk-checkboxes govuk-checkboxes--small">
                <div class="govuk-checkboxes__item">
                    <input class="govuk-checkboxes__input" type="checkbox" id=id.clone() name=id.clone() value=YES
                        checked=row.exclusive == YES/>
                    <label class="govuk-label govuk-checkboxes__label" for=id>
                        {t!(editor.exclusive)}
                        <span class="govuk-visually-hidden">" " {t!(editor.of_option, number = index + 1)}</span>
                    </label>
                </div>
            </div>
        }
    });
    view! {
        <li class="veche-questions__item" id=option_anchor(index) tabindex="-1">
            <Hidden name=format!("options[{index}][code]") value=row.code/>
            {inputs}
            {others}
            {exclusive}
            <div class="veche-questions__actions">
                {(index > 0).then(|| row_button("up", index, t!(editor.move_up)))}
                {(index + 1 < count).then(|| row_button("down", index, t!(editor.move_down)))}
                {row_button("remove", index, t!(editor.remove))}
            </div>
        </li>
    }
}

/// The options of a choice and how they are shown.
#[component]
fn ChoiceFields(
    /// The languages.
    languages: Vec<Language>,
    /// Whether several can be chosen.
    multiple: bool,
    /// The form.
    form: Form<QuestionForm>,
) -> impl IntoView {
    let typed = form.typed.clone();
    let count = typed.options.len();
    let rows = (0..count)
        .map(|index| {
            let (languages, form) = (languages.clone(), form.clone());
            view! { <OptionFields index count languages exclusive=multiple form/> }
        })
        .collect_view();
    // What is wrong with the rows all together: there may be none.
    let fault = form.fault(OPTIONS).map(ui::words::fault);
    let described = described_by(OPTIONS, false, fault.is_some());
    let fault = fault.map(|words| {
        view! {
            <p id=format!("{OPTIONS}-error") class="govuk-error-message">
                <span class="govuk-visually-hidden">{t!(common.error)} ": "</span>
                {words}
            </p>
        }
    });
    let add = if count < MAX_OPTIONS {
        view! {
            <div class="govuk-button-group">
                <button type="submit" class="govuk-button govuk-button--secondary" name="action" value="add">{t!(editor.add_option)}</button>
                <button type="submit" class="govuk-button govuk-button--secondary" name="action" value=ADD_SEVERAL>
                    {t!(editor.add_options, number = SEVERAL)}
                </button>
            </div>
        }
        .into_any()
    } else {
        view! { <p class="govuk-body">{t!(common.problem_too_many_options)}</p> }.into_any()
    };
    let shuffled = typed.order == "shuffled";
    let orders = vec![
        Choice::new("fixed", t!(editor.order_fixed), !shuffled),
        Choice::new("shuffled", t!(editor.order_shuffled), shuffled)
            .hint(t!(editor.order_shuffled_hint)),
    ];
    view! {
        <h2 class="govuk-heading-m" id=OPTIONS tabindex="-1" aria-describedby=described>{t!(editor.options)}</h2>
        <p class="govuk-hint">{t!(editor.options_hint)}</p>
        {fault}
        <ol class="veche-questions">{rows}</ol>
        {add}
        {multiple.then(|| view! {
            <TextInput name="least" label=t!(editor.least) value=typed.least fault=form.fault("least").cloned()
                inputmode=Some("numeric") width="govuk-input--width-3"/>
            <TextInput name="most" label=t!(editor.most) hint=Some(t!(editor.most_hint)) value=typed.most
                fault=form.fault("most").cloned() inputmode=Some("numeric") width="govuk-input--width-3"/>
        })}
        <Radios name="order" legend=t!(editor.order) choices=orders fault=form.fault("order").cloned()/>
    }
}

/// The fields of a scale.
#[component]
fn ScaleFields(
    /// The languages.
    languages: Vec<Language>,
    /// The form.
    form: Form<QuestionForm>,
) -> impl IntoView {
    let typed = form.typed.clone();
    view! {
        <TextInput name="from" label=t!(editor.scale_from) value=typed.from fault=form.fault("from").cloned()
            width="govuk-input--width-3"/>
        <Lines name="low" label=t!(editor.scale_low) languages=languages.clone() words=typed.low form=form.clone()/>
        <TextInput name="to" label=t!(editor.scale_to) hint=Some(t!(editor.scale_hint)) value=typed.to
            fault=form.fault("to").cloned() width="govuk-input--width-3"/>
        <Lines name="high" label=t!(editor.scale_high) languages words=typed.high form/>
    }
}

/// What the type needs.
fn kind_fields(kind: QuestionType, languages: Vec<Language>, form: Form<QuestionForm>) -> AnyView {
    let typed = form.typed.clone();
    match kind {
        QuestionType::SingleChoice => {
            view! { <ChoiceFields languages multiple=false form/> }.into_any()
        }
        QuestionType::MultipleChoice => {
            view! { <ChoiceFields languages multiple=true form/> }.into_any()
        }
        QuestionType::YesNo => ().into_any(),
        QuestionType::Scale => view! { <ScaleFields languages form/> }.into_any(),
        QuestionType::Number => view! {
            <TextInput name="min" label=t!(editor.number_min) value=typed.min fault=form.fault("min").cloned()
                width="govuk-input--width-10"/>
            <TextInput name="max" label=t!(editor.number_max) value=typed.max fault=form.fault("max").cloned()
                width="govuk-input--width-10"/>
            <TextInput name="bins" label=t!(editor.bins) hint=Some(t!(editor.bins_hint)) value=typed.bins
                fault=form.fault("bins").cloned()/>
        }
        .into_any(),
        QuestionType::Date => view! {
            <TextInput name="date_min" kind="date" label=t!(editor.date_min)
                value=typed.date_min fault=form.fault("date_min").cloned() width="govuk-input--width-10"/>
            <TextInput name="date_max" kind="date" label=t!(editor.date_max) hint=Some(t!(editor.date_published))
                value=typed.date_max fault=form.fault("date_max").cloned() width="govuk-input--width-10"/>
        }
        .into_any(),
        QuestionType::ShortText => view! {
            <TextInput name="max_chars" label=t!(editor.max_chars) hint=Some(t!(editor.text_unpublished))
                value=typed.max_chars fault=form.fault("max_chars").cloned() inputmode=Some("numeric")
                width="govuk-input--width-5"/>
        }
        .into_any(),
    }
}

/// The form of a question whose type is known.
fn fields(page: QuestionPage) -> impl IntoView {
    let QuestionPage { settings, code, number, form, differs } = page;
    let stored = code.as_ref().and_then(|code| settings.questionnaire.question(code));
    let stored = stored.map(|stored| question_rows(stored, &settings)).unwrap_or_default();
    let stored = stored_now(differs, stored);
    let languages: Vec<Language> = settings.languages.iter().copied().collect();
    let (typed, mark) = (form.typed.clone(), form.typed_mark());
    let kind = typed.question_type();
    let heading = match number {
        Some(number) => t!(editor.question_number, number = number),
        None => t!(editor.add_question),
    };
    let required = vec![Choice::new(YES, t!(editor.required_label), typed.required == YES)];
    let question = code.unwrap_or_else(|| TO_COME.to_owned());
    view! {
        <Title text=titled(&heading, &settings.title)/>
        <PollCrumbs settings=settings.clone()/>
        {told(&form)}
        {kind.map(|kind| view! { <span class="govuk-caption-l">{words::kind(kind)}</span> })}
        <h1 class="govuk-heading-l">{heading}</h1>
        {stored}
        <form method="post" action=SaveQuestion::PATH data-typed=mark>
            // Enter presses the first button of a form: it is to save, not to remove a row.
            <button type="submit" class="govuk-visually-hidden" name="action" value="save" tabindex="-1" aria-hidden="true">{t!(common.save)}</button>
            <Seen settings=settings.clone()/>
            <Hidden name="question" value=question/>
            <Hidden name="kind" value=typed.kind/>
            <Lines rows=2 name="title" label=t!(editor.question_title) languages=languages.clone()
                words=typed.title form=form.clone()/>
            <Lines name="hint" label=t!(editor.hint) hint=Some(t!(editor.hint_hint)) languages=languages.clone()
                words=typed.hint form=form.clone()/>
            {kind.map(|kind| kind_fields(kind, languages, form))}
            <Checkboxes name="required" legend=t!(editor.required_legend) choices=required/>
            <div class="govuk-button-group">
                <Submit words=t!(common.save) name=Some("action") value=Some("save".to_owned())/>
                <a class="govuk-link" href=routes::staff_poll_part(settings.id, "questions")>{t!(common.cancel)}</a>
            </div>
        </form>
    }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (question, kind) = (param("question"), query("kind"));
    let choose = question == TO_COME && kind.is_empty();
    load(read_question(param("poll"), question, kind), move |page: QuestionPage| {
        if choose { choose_kind(page.settings).into_any() } else { fields(page).into_any() }
    })
}
