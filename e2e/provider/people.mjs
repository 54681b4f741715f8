// The citizens whom the test providers know.
//
// A person is neutral; variants.mjs says what each provider calls these facts. Only `sub` is required.
//
//   sub          the provider's identifier, and what one types to sign in unless `login` is given
//   givenName familyName middleName
//   birthDate    ISO date
//   gender       'male' | 'female', absent where it is not stated
//   email mobile
//   region       { code, name }: of the registered address
//   livesIn      { code, name }: of the living address, where it differs
//   city postalCode snils inn
//   documents    [{ series, number, issueDate, issuedBy }]
//   vehicles     [{ model, numberPlate, certificate }]
//   children     [{ givenName, familyName, birthDate, gender }]
//   assurance    'low' | 'substantial' (default) | 'high'
//   claims       overrides: merged over the variant's own, to imitate a provider that sends something else

const SHORE = { code: '01', name: 'Northern Shore' };
const LAKES = { code: '02', name: 'Lake District' };

/** A few people for tests that need no crowd. All invented. */
export const FEW = [
  {
    sub: 'citizen-alma', givenName: 'Alma', familyName: 'Sample', middleName: 'Quill', birthDate: '1988-04-12',
    gender: 'female', email: 'alma@people.example', mobile: '+70000000101', region: SHORE, livesIn: LAKES,
    city: 'Saltwick', postalCode: '000011', snils: '000-000-101 00', inn: '000000000101',
    documents: [{ series: '0000', number: '000101', issueDate: '2008-05-20', issuedBy: 'Saltwick office' }],
    vehicles: [{ model: 'Runabout', numberPlate: 'A000AA01', certificate: { series: '0001', number: '000101' } }],
    children: [{ givenName: 'Pip', familyName: 'Sample', birthDate: '2015-09-01', gender: 'male' }],
    assurance: 'high',
  },
  {
    sub: 'citizen-boris', givenName: 'Boris', familyName: 'Specimen', birthDate: '1957-11-30', gender: 'male',
    email: 'boris@people.example', region: LAKES,
  },
  // Gender not stated, no address: what most providers outside this country release at best.
  { sub: 'citizen-cleo', givenName: 'Cleo', familyName: 'Placeholder', birthDate: '2003-01-01' },
  // Not of age anywhere, and not confirmed.
  { sub: 'citizen-dan', givenName: 'Dan', familyName: 'Minor', birthDate: '2015-06-15', gender: 'male', region: SHORE,
    assurance: 'low' },
];
