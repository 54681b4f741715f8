//! One question a page.

use super::{api, date::DateInput, scale::ScaleInput, view::QuestionPage};
use islands::{
    AnswerGuard,
    answer_guard::{COUNT, COUNT_SAID, Rules, Words, code},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    address::{in_query, parameter},
    forms::{Fault, FieldFault},
    routes,
};
use questionnaire::{AnswerError, Kind, Question, question::YES_NO};
use ui::{
    Checkboxes, Choice, ErrorSummary, Hidden, Hint, Legend, Radios, Submit, TextArea, TextInput,
    Title, lang_of, load, t,
    words::{answer_error, date, whole},
    words_of,
};

/// The id of the question's first field, where the error summary leads.
const fn first_field(kind: &Kind) -> &'static str {
    match kind {
        Kind::SingleChoice { .. } | Kind::YesNo | Kind::Scale { .. } => "choice",
        Kind::MultipleChoice { .. } => "choices",
        Kind::Number { .. } | Kind::ShortText { .. } => "text",
        Kind::Date { .. } => "day",
    }
}

/// What the question's type asks for, in the page's words.
fn rule(kind: &Kind) -> Option<String> {
    match kind {
        Kind::MultipleChoice { least, most, options, .. } => {
            let all = options.iter().filter(|option| !option.exclusive).count();
            Some(match (*least, *most) {
                (1, most) if usize::try_from(most) == Ok(all) => t!(take.rule_several),
                (1, most) => t!(take.rule_at_most, most = most),
                (least, most) if least == most => t!(take.rule_exactly, count = least),
                (least, most) => t!(take.rule_from_to, least = least, most = most),
            })
        }
        Kind::Number { min, max, .. } => {
            Some(t!(take.rule_number, min = whole(*min), max = whole(*max)))
        }
        Kind::Date { min, max } => {
            // From the middle: at an end it would look like the answer that is expected.
            let example = (*min + (*max - *min) / 2).format("%-d %-m %Y").to_string();
            Some(t!(take.rule_date, min = date(*min), max = date(*max), example = example))
        }
        Kind::ShortText { max_chars } => {
            let max = whole((*max_chars).into());
            Some(t!(take.rule_text, count = *max_chars, max = max))
        }
        Kind::SingleChoice { .. } | Kind::YesNo | Kind::Scale { .. } => None,
    }
}

/// The author's hint, the type's rule, and of a text who can read it.
fn hint(page: &QuestionPage) -> Hint {
    let own = &page.question.hint;
    let kind = &page.question.kind;
    let hint =
        Hint::default().and(words_of(own), lang_of(own)).and(rule(kind).unwrap_or_default(), None);
    if matches!(kind, Kind::ShortText { .. }) { hint.and(t!(take.text_unread), None) } else { hint }
}

fn options(page: &QuestionPage) -> Vec<Choice> {
    let options = page.question.options_for(page.seed);
    options
        .into_iter()
        .map(|option| {
            let chosen = page.typed.choices.contains(&option.code)
                || page.typed.choice.as_deref() == Some(option.code.as_str());
            let choice = Choice::new(option.code.clone(), words_of(&option.text), chosen);
            Choice { exclusive: option.exclusive, lang: lang_of(&option.text), ..choice }
        })
        .collect()
}

/// The field or fields of the question, with its title as the page's heading.
pub fn fields(page: &QuestionPage, fault: Option<Fault>) -> AnyView {
    let required = page.question.required;
    let title = words_of(&page.question.title);
    let lang = lang_of(&page.question.title);
    // In the page's language, so not within the words of a question that is in another one.
    let (title, hint) = match (required, lang) {
        (true, _) => (title, hint(page)),
        (false, None) => (t!(take.optional, question = title), hint(page)),
        (false, Some(_)) => (title, hint(page).and(t!(take.optional_apart), None)),
    };
    let text = page.typed.text.clone().unwrap_or_default();
    match &page.question.kind {
        Kind::SingleChoice { .. } => view! {
            <Radios name="choice" legend=title lang=lang style=Legend::Heading hint=hint
                choices=options(page) fault=fault class="veche-options"/>
        }
        .into_any(),
        Kind::YesNo => {
            let words = [t!(common.yes), t!(common.no)];
            let choices = YES_NO.into_iter().zip(words).map(|(code, words)| {
                Choice::new(code, words, page.typed.choice.as_deref() == Some(code))
            });
            view! {
                <Radios name="choice" legend=title lang=lang style=Legend::Heading hint=hint
                    choices=choices.collect() fault=fault class="veche-options"/>
            }
            .into_any()
        }
        Kind::MultipleChoice { .. } => view! {
            <Checkboxes name="choices[]" legend=title lang=lang style=Legend::Heading hint=hint
                choices=options(page) fault=fault class="veche-options"/>
        }
        .into_any(),
        Kind::Scale { from, to, low, high } => view! {
            <ScaleInput legend=title lang=lang hint=hint from=*from to=*to low=words_of(low)
                high=words_of(high) chosen=page.typed.choice.clone() fault=fault/>
        }
        .into_any(),
        Kind::Number { min, .. } => {
            // There is no minus on a phone's keys for numbers.
            let keys = (*min >= 0).then_some("numeric");
            view! {
                <TextInput name="text" label=title label_lang=lang style=Legend::Heading hint=hint
                    value=text fault=fault inputmode=keys autocomplete="off" private=true width="govuk-input--width-10"/>
            }
            .into_any()
        }
        Kind::Date { .. } => view! {
            <DateInput legend=title lang=lang hint=hint
                typed=page.typed.clone() fault=fault/>
        }
        .into_any(),
        Kind::ShortText { .. } => view! {
            <TextArea name="text" label=title label_lang=lang style=Legend::Heading hint=hint
                value=text fault=fault rows=6 beside=COUNT private=true/>
            // Filled by the island: one to see at every key, one to hear after a pause.
            <div id=COUNT class="govuk-hint"></div>
            <div id=COUNT_SAID class="govuk-visually-hidden" aria-live="polite"></div>
        }
        .into_any(),
    }
}

/// Everything that can be wrong with an answer to a question of this type.
fn faults(kind: &Kind) -> Vec<AnswerError> {
    let mut faults = vec![AnswerError::Required];
    match *kind {
        Kind::SingleChoice { .. } | Kind::YesNo | Kind::Scale { .. } => {
            faults.push(AnswerError::UnknownOption);
        }
        Kind::MultipleChoice { least, most, .. } => faults.extend([
            AnswerError::UnknownOption,
            AnswerError::TooFew { least },
            AnswerError::TooMany { most },
            AnswerError::Exclusive,
        ]),
        Kind::Number { min, max, .. } => {
            faults.extend([AnswerError::NotANumber, AnswerError::OutOfRange { min, max }]);
        }
        Kind::Date { min, max } => {
            faults.extend([AnswerError::NotADate, AnswerError::DateOutOfRange { min, max }]);
        }
        Kind::ShortText { max_chars: max } => {
            faults.push(AnswerError::TooLong { max });
        }
    }
    faults
}

/// What the island says: the sentences that the server would say.
fn guard_words(question: &Question) -> Words {
    let words = |fault: AnswerError| (code(&fault).to_owned(), answer_error(&fault));
    Words {
        summary: t!(common.error_summary),
        error: t!(common.error),
        left: t!(take.characters_left),
        over: t!(take.characters_over),
        faults: faults(&question.kind).into_iter().map(words).collect(),
    }
}

/// Where the link back leads.
fn back(page: &QuestionPage) -> String {
    if page.from_check {
        routes::check(page.poll)
    } else if page.number > 1 {
        routes::question(page.poll, page.number - 1)
    } else {
        routes::poll(page.poll)
    }
}

fn draw(page: &QuestionPage) -> impl IntoView + use<> {
    let fault = page.error.clone().map(|error| Fault::Answer { error });
    let field = first_field(&page.question.kind);
    let faults: Vec<FieldFault> =
        fault.iter().map(|fault| FieldFault::new(field, fault.clone())).collect();
    let progress = t!(take.progress, number = page.number, count = page.count);
    let poll_title = words_of(&page.title);
    let title = format!("{progress} – {poll_title} – {}", t!(common.brand));
    // What is written in a field is emptied there: at one press beside those that save it nobody's words go.
    let nothing = page.question.parse(&page.typed) == Ok(None);
    let skippable = !page.question.required && (nothing || !page.question.kind.is_written());
    let words = guard_words(&page.question);
    let form = view! {
        <form method="post" action=api::Answer::PATH novalidate>
            <Hidden name="poll" value=page.poll.to_string()/>
            <Hidden name="number" value=page.number.to_string()/>
            <Hidden name="owner" value=page.owner.clone()/>
            {page.from_check.then(|| view! { <Hidden name="from_check" value="yes"/> })}
            {fields(page, fault)}
            <div class="govuk-button-group">
                <Submit words=t!(take.save_and_continue)/>
                <Submit words=t!(take.save_and_leave) class="govuk-button--secondary" name=Some("go") value="later".to_owned()/>
                {skippable.then(|| view! {
                    <Submit words=t!(take.skip) class="govuk-button--secondary" name=Some("go") value="skip".to_owned()/>
                })}
            </div>
        </form>
    }
    .into_any();
    view! {
        <Title text=title/>
        <a class="govuk-back-link" href=back(page)>{t!(common.back)}</a>
        <ErrorSummary faults/>
        <p class="govuk-caption-l" lang=lang_of(&page.title)>{poll_title}</p>
        <div class="veche-progress">
            <p class="veche-progress__text" id="progress">{progress}</p>
            <progress class="veche-progress__bar" value=page.number.to_string() max=page.count.to_string()
                aria-labelledby="progress"></progress>
        </div>
        // Where something is wrong with it, that says it.
        {(page.unsaved && page.error.is_none()).then(|| view! {
            <div class="govuk-inset-text" role="status" tabindex="-1" autofocus=true>{t!(take.unsaved)}</div>
        })}
        <AnswerGuard rules=Rules::of(&page.question) field=field.to_owned() words=words>{form}</AnswerGuard>
        <p class="govuk-hint">{t!(take.draft_kept)}</p>
    }
}

/// A question of a poll.
#[component]
pub fn Page() -> impl IntoView {
    let from_check = in_query("check");
    load(api::question(parameter("poll"), parameter("number"), from_check), |page| {
        page.map(|page| draw(&page))
    })
}
