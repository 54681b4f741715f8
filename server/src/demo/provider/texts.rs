//! Every sentence of the provider's pages, in both languages.

use super::locale::Locale;
use crate::demo::people::Scope;

/// The sentences that do not depend on a scope.
pub(super) struct Texts {
    pub(super) brand: &'static str,
    pub(super) banner: &'static str,
    pub(super) other_language: &'static str,

    pub(super) front_title: &'static str,
    pub(super) front_text: &'static str,
    pub(super) front_people: &'static str,

    pub(super) sign_in_title: &'static str,
    /// Followed by the client's identifier.
    pub(super) sign_in_for: &'static str,
    pub(super) sign_in_text: &'static str,
    pub(super) citizens: &'static str,
    pub(super) staff: &'static str,
    pub(super) age: &'static str,
    pub(super) age_unknown: &'static str,
    pub(super) cancel: &'static str,
    pub(super) cancel_sign_in: &'static str,

    pub(super) consent_title: &'static str,
    /// Followed by the client's identifier.
    pub(super) consent_for: &'static str,
    /// Followed by the address.
    pub(super) consent_returns_to: &'static str,
    /// Followed by the person's name.
    pub(super) signed_in_as: &'static str,
    pub(super) another_person: &'static str,
    pub(super) consent_legend: &'static str,
    pub(super) consent_text: &'static str,
    pub(super) always: &'static str,
    pub(super) identifier: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) not_confirmed: &'static str,
    pub(super) nothing_on_file: &'static str,
    pub(super) allow: &'static str,

    pub(super) female: &'static str,
    pub(super) male: &'static str,
    pub(super) verified: &'static str,
    pub(super) not_verified: &'static str,
    pub(super) registered: &'static str,
    pub(super) living: &'static str,

    pub(super) sign_out_title: &'static str,
    pub(super) sign_out_text: &'static str,
    pub(super) sign_out_yes: &'static str,
    pub(super) sign_out_no: &'static str,
    pub(super) signed_out_title: &'static str,
    pub(super) signed_out_text: &'static str,
    pub(super) still_title: &'static str,
    pub(super) still_text: &'static str,

    pub(super) unknown_client: (&'static str, &'static str),
    pub(super) unknown_address: (&'static str, &'static str),
    pub(super) expired: (&'static str, &'static str),
    pub(super) bad_form: (&'static str, &'static str),
    pub(super) not_found: (&'static str, &'static str),
}

const EN: Texts = Texts {
    brand: "Demonstration State ID",
    banner: "Demonstration. This is not a real government service: the people are invented, and \
             no password is asked. Never enter real data.",
    other_language: "Русский",

    front_title: "A demonstration identity provider",
    front_text: "The portal sends you here to sign in as one of the invented people, and to decide \
                 what to share. Start from the portal.",
    front_people: "People you can be",

    sign_in_title: "Who would you like to be?",
    sign_in_for: "You are signing in to:",
    sign_in_text: "Pick a person. There is no password, because nobody on this list exists.",
    citizens: "Citizens",
    staff: "Staff",
    age: "Age",
    age_unknown: "Age not on file",
    cancel: "Cancel",
    cancel_sign_in: "Cancel and go back",

    consent_title: "What do you want to share?",
    consent_for: "Your data is asked for by:",
    consent_returns_to: "You will go back to:",
    signed_in_as: "You are signed in as",
    another_person: "Be someone else",
    consent_legend: "Data that is asked for",
    consent_text: "Untick whatever you do not want to share. The service receives only what stays \
                   ticked, and is told which parts those are.",
    always: "Always shared: your identifier and whether your account is confirmed",
    identifier: "Identifier:",
    confirmed: "The account is confirmed",
    not_confirmed: "The account is not confirmed",
    nothing_on_file: "Nothing on file",
    allow: "Allow selected",

    female: "Female",
    male: "Male",
    verified: "verified",
    not_verified: "not verified",
    registered: "Registered:",
    living: "Living at:",

    sign_out_title: "Sign out of Demonstration State ID?",
    sign_out_text: "A service asks to end your session here as well.",
    sign_out_yes: "Sign out",
    sign_out_no: "Stay signed in",
    signed_out_title: "You are signed out",
    signed_out_text: "Nobody is signed in to Demonstration State ID in this browser.",
    still_title: "You are still signed in",
    still_text: "Your session at Demonstration State ID goes on. You can close this page.",

    unknown_client: (
        "Unknown service",
        "The service that sent you here is not registered with this provider. Nothing was sent to \
         it.",
    ),
    unknown_address: (
        "Unknown return address",
        "The service asked to send you to an address that is not registered for it. Nothing was \
         sent there.",
    ),
    expired: (
        "This page is no longer valid",
        "It was used already, took too long, or was begun in another browser. Go back to the \
         service and start again.",
    ),
    bad_form: ("The form was not understood", "Go back, reload the page and try once more."),
    not_found: ("Page not found", "There is nothing at this address."),
};

const RU: Texts = Texts {
    brand: "Демонстрационная учётная запись",
    banner: "Демонстрация. Это не настоящий государственный сервис: люди вымышлены, пароль не \
             нужен. Не вводите настоящие данные.",
    other_language: "English",

    front_title: "Демонстрационный сервис входа",
    front_text: "Портал направляет вас сюда, чтобы вы вошли под именем одного из вымышленных людей \
                 и решили, какие данные передать. Начните с портала.",
    front_people: "Кем можно войти",

    sign_in_title: "Под чьим именем войти?",
    sign_in_for: "Вы входите в:",
    sign_in_text: "Выберите человека. Пароля нет, потому что никого из этого списка не существует.",
    citizens: "Граждане",
    staff: "Сотрудники",
    age: "Возраст:",
    age_unknown: "Возраст не указан",
    cancel: "Отменить",
    cancel_sign_in: "Отменить и вернуться",

    consent_title: "Какими данными поделиться?",
    consent_for: "Данные запрашивает:",
    consent_returns_to: "Вы вернётесь на:",
    signed_in_as: "Вы вошли как",
    another_person: "Войти под другим именем",
    consent_legend: "Запрошенные данные",
    consent_text: "Снимите отметку с того, чем не хотите делиться. Сервис получит только \
                   отмеченное и узнает, что именно вы разрешили.",
    always: "Передаётся всегда: ваш идентификатор и признак подтверждённой учётной записи",
    identifier: "Идентификатор:",
    confirmed: "Учётная запись подтверждена",
    not_confirmed: "Учётная запись не подтверждена",
    nothing_on_file: "Сведений нет",
    allow: "Разрешить отмеченное",

    female: "Женский",
    male: "Мужской",
    verified: "подтверждено",
    not_verified: "не подтверждено",
    registered: "Регистрация:",
    living: "Проживание:",

    sign_out_title: "Выйти из демонстрационной учётной записи?",
    sign_out_text: "Сервис просит завершить и ваш сеанс здесь.",
    sign_out_yes: "Выйти",
    sign_out_no: "Остаться",
    signed_out_title: "Вы вышли",
    signed_out_text: "В этом браузере никто не вошёл в демонстрационную учётную запись.",
    still_title: "Вы остались в учётной записи",
    still_text: "Ваш сеанс продолжается. Эту страницу можно закрыть.",

    unknown_client: (
        "Неизвестный сервис",
        "Сервис, который направил вас сюда, здесь не зарегистрирован. Ему ничего не передано.",
    ),
    unknown_address: (
        "Неизвестный адрес возврата",
        "Сервис просит направить вас на адрес, который для него не зарегистрирован. Туда ничего не \
         передано.",
    ),
    expired: (
        "Страница больше не действует",
        "Она уже использована, прошло слишком много времени, или вход начат в другом браузере. \
         Вернитесь к сервису и начните снова.",
    ),
    bad_form: (
        "Не удалось прочитать форму",
        "Вернитесь назад, обновите страницу и попробуйте ещё раз.",
    ),
    not_found: ("Страница не найдена", "По этому адресу ничего нет."),
};

/// What the provider calls itself, in English and in Russian.
pub(in crate::demo) const NAME: (&str, &str) = (EN.brand, RU.brand);

impl Texts {
    /// The sentences in `locale`.
    pub(super) fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::En => &EN,
            Locale::Ru => &RU,
        }
    }
}

/// What `scope` releases, in words.
pub(super) fn scope_name(locale: Locale, scope: Scope) -> &'static str {
    let (en, ru) = match scope {
        Scope::Openid => ("Identifier", "Идентификатор"),
        Scope::Fullname => ("Full name", "Фамилия, имя, отчество"),
        Scope::Birthdate => ("Date of birth", "Дата рождения"),
        Scope::Birthplace => ("Place of birth", "Место рождения"),
        Scope::Gender => ("Gender", "Пол"),
        Scope::Snils => ("Insurance number (SNILS)", "СНИЛС"),
        Scope::Inn => ("Taxpayer number (INN)", "ИНН"),
        Scope::IdDoc => ("Identity document", "Документ, удостоверяющий личность"),
        Scope::ForeignPassportDoc => ("Passport for travel abroad", "Заграничный паспорт"),
        Scope::DriversLicenceDoc => ("Driving licence", "Водительское удостоверение"),
        Scope::ResidenceDoc => ("Residence permit", "Вид на жительство"),
        Scope::Email => ("Email address", "Адрес электронной почты"),
        Scope::Mobile => ("Mobile phone number", "Номер мобильного телефона"),
        Scope::Addresses => ("Addresses", "Адреса"),
        Scope::Vehicles => ("Vehicles", "Транспортные средства"),
        Scope::KidFullname => ("Names of children", "Имена детей"),
        Scope::KidBirthdate => ("Children’s dates of birth", "Даты рождения детей"),
        Scope::KidGender => ("Children’s genders", "Пол детей"),
    };
    match locale {
        Locale::En => en,
        Locale::Ru => ru,
    }
}
