// A poll as a test describes it: texts are `[english, russian]`; and what people answer to it.

import { both } from './steps.mjs';

const TEXTS = ['title', 'hint', 'low', 'high'];

/**
 * One question as `addQuestion` takes it: its kind and the fields of its form.
 *
 * @param {{kind: string, title: string[], required?: boolean, options?: {text: string[], exclusive?: boolean}[]}} question
 *   and, under the names of the form's fields, whatever else its type needs
 */
export function questionFields({ kind, required = true, options = [], ...rest }) {
  const fields = { kind, required };
  for (const [name, value] of Object.entries(rest)) {
    if (TEXTS.includes(name)) Object.assign(fields, both(name, value));
    else fields[name] = String(value);
  }
  options.forEach((option, i) => {
    Object.assign(fields, both(`options[${i}][text]`, option.text));
    if (kind === 'multiple_choice') fields[`options[${i}][exclusive]`] = Boolean(option.exclusive);
  });
  return fields;
}

const option = (english, russian, exclusive) => ({ text: [english, russian], exclusive });

/** One question of each type. */
export const ALL_TYPES = [
  {
    kind: 'single_choice', title: ['How do you usually get to work?', 'Как вы обычно добираетесь до работы?'],
    hint: ['Think of the past month.', 'Вспомните последний месяц.'], order: 'fixed',
    options: [option('By bus', 'На автобусе'), option('By car', 'На автомобиле'), option('On foot', 'Пешком')],
  },
  {
    kind: 'multiple_choice', title: ['What should be mended first?', 'Что нужно починить в первую очередь?'],
    order: 'fixed', least: 1, most: 2,
    options: [option('Pavements', 'Тротуары'), option('Street lights', 'Уличные фонари'), option('Bus stops', 'Остановки'),
      option('None of these', 'Ничего из этого', true)],
  },
  { kind: 'yes_no', title: ['Do you have a season ticket?', 'Есть ли у вас проездной билет?'] },
  {
    kind: 'scale', title: ['How content are you with the night bus?', 'Насколько вы довольны ночным автобусом?'], from: 1, to: 5,
    low: ['not at all', 'совсем не доволен'], high: ['very', 'очень доволен'],
  },
  {
    kind: 'number', title: ['How many minutes does the way take?', 'Сколько минут занимает дорога?'], min: 0, max: 300,
    bins: '15, 30, 60',
  },
  {
    kind: 'date', title: ['When did you last take the night bus?', 'Когда вы в последний раз ехали ночным автобусом?'],
    date_min: '2020-01-01', date_max: '2026-12-31',
  },
  {
    kind: 'short_text', title: ['What else should we know?', 'Что ещё нам нужно знать?'], max_chars: 200, required: false,
  },
];

/** The kind of poll that most tests ask: everybody may answer, unknown or not. */
export const NIGHT_BUS = {
  title: ['Night bus', 'Ночной автобус'],
  purpose: ['To decide on the timetable of the night bus.', 'Чтобы решить, каким будет расписание ночного автобуса.'],
  special: 'none',
  plan: ['region', 'gender'],
  questions: ALL_TYPES.map(questionFields),
};

/** People of both genders in two regions. */
export const crowd = (count) => Array.from({ length: count }, (_, i) => ({
  sub: `crowd-${String(i + 1).padStart(3, '0')}`, givenName: 'Person', familyName: `Number ${i + 1}`,
  birthDate: `${1950 + ((i * 7) % 55)}-03-0${1 + (i % 9)}`, gender: i % 2 ? 'male' : 'female',
  region: { code: `0${1 + (i % 2)}`, name: ['Northern Shore', 'Lake District'][i % 2] },
}));

/**
 * Answers to `ALL_TYPES`, as the fields of each question's page, alternating: among an even number of people, twenty
 * at least, each option is chosen by nobody or by ten and more, so that the published headlines are the exact counts.
 */
export const evenAnswers = (i) => [
  { choice: ['o1', 'o2'][i % 2] }, { 'choices[]': i % 2 ? ['o4'] : ['o1', 'o3'] }, { choice: ['yes', 'no'][i % 2] },
  { choice: ['2', '4'][i % 2] }, { text: ['10', '40'][i % 2] }, { day: '1', month: '6', year: ['2024', '2025'][i % 2] },
  { text: i % 2 ? '' : 'A word of a citizen.' },
];

/** One person for each role; the administrator has to be named in the portal's configuration. */
export const STAFF = ['administrator', 'initiator', 'reviewer', 'statistician', 'auditor'].map((role, i) => ({
  sub: `staff-${role}`, givenName: ['Ada', 'Ivan', 'Rita', 'Stan', 'Aurora'][i], familyName: 'Official', birthDate: '1980-01-01',
}));

/** A department with one of `STAFF` in each role, as `openOffice` takes it. */
export const OFFICE = {
  administrator: 'staff-administrator', department: ['Department of Transport', 'Департамент транспорта'],
  staff: Object.fromEntries(['initiator', 'statistician', 'reviewer', 'auditor'].map((role) => [role, `staff-${role}`])),
};
