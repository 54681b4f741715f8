// Providers that agree on OpenID Connect and on nothing else.
//
// Whoever runs the portal brings their own provider, so no claim name, date format, scope name or way of
// authenticating a client may be built in. Each variant below turns the same neutral person (see people.mjs) into
// claims of its own kind, scope by scope.

const VERIFIED = 'VERIFIED';

/** `1988-04-12` → `12.04.1988`. */
const dotted = (iso) => iso?.split('-').reverse().join('.');

/** Leaves out what the person does not have: a provider sends no empty claims. */
const present = (claims) =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined && value !== null));

/** A non-empty list, or nothing. */
const some = (list) => (list?.length ? list : undefined);

/** Claim names and scopes as the State Services' provider (ESIA) names them; claims come from userinfo. */
const A = {
  name: 'A',
  title: 'Citizen Account',
  tokenEndpointAuthMethod: 'client_secret_basic',
  signingAlgorithm: 'RS256',
  // Claims of scopes are only at the userinfo endpoint, as OpenID Connect Core 5.4 has it.
  claimsInIdToken: false,
  acrValues: [],
  claimsOfScope: {
    openid: ['sub', 'urn:esia:sbj'],
    fullname: ['firstName', 'lastName', 'middleName', 'trusted'],
    birthdate: ['birthDate'],
    gender: ['gender'],
    email: ['contacts'],
    mobile: ['contacts'],
    addresses: ['addresses'],
    id_doc: ['documents'],
    snils: ['snils'],
    inn: ['inn'],
    vehicles: ['vehicles'],
    kid_fullname: ['children'],
    kid_birthdate: ['children'],
    kid_gender: ['children'],
  },
  labelOfScope: {
    fullname: 'Surname, first name and middle name',
    birthdate: 'Date of birth',
    gender: 'Gender',
    email: 'E-mail address',
    mobile: 'Mobile phone number',
    addresses: 'Addresses',
    id_doc: 'Identity document',
    snils: 'Insurance number (SNILS)',
    inn: 'Taxpayer number (INN)',
    vehicles: 'Vehicles',
    kid_fullname: 'Names of children',
    kid_birthdate: 'Dates of birth of children',
    kid_gender: 'Gender of children',
  },
  /** @param {Set<string>} scopes those that were granted */
  claims(person, scopes) {
    const contacts = [
      scopes.has('email') && person.email && { type: 'EML', value: person.email, vrfStu: VERIFIED },
      scopes.has('mobile') && person.mobile && { type: 'MBT', value: person.mobile, vrfStu: VERIFIED },
    ].filter(Boolean);
    const addresses = person.region && [
      // The living address comes first on purpose: a reader that takes element 0 takes the wrong region.
      person.livesIn && { type: 'PLV', region: person.livesIn.code, regionName: person.livesIn.name },
      {
        type: 'PRG', region: person.region.code, regionName: person.region.name,
        ...present({ city: person.city, zipCode: person.postalCode }),
        vrfStu: VERIFIED,
      },
    ].filter(Boolean);
    const children = person.children?.map((child) => present({
      firstName: scopes.has('kid_fullname') ? child.givenName : undefined,
      lastName: scopes.has('kid_fullname') ? child.familyName : undefined,
      birthDate: scopes.has('kid_birthdate') ? dotted(child.birthDate) : undefined,
      gender: scopes.has('kid_gender') ? { male: 'M', female: 'F' }[child.gender] : undefined,
    }));
    return present({
      sub: person.sub,
      // `lvl` and `is_tru` of the ID token: how well the account is confirmed (identity.md: P, PR, KD).
      'urn:esia:sbj': {
        'urn:esia:sbj:oid': person.sub,
        'urn:esia:sbj:typ': 'P',
        'urn:esia:sbj:lvl': { low: 'P', substantial: 'PR', high: 'KD' }[person.assurance ?? 'substantial'],
        ...((person.assurance ?? 'substantial') === 'low' ? {} : { 'urn:esia:sbj:is_tru': true }),
      },
      trusted: (person.assurance ?? 'substantial') !== 'low',
      firstName: person.givenName,
      lastName: person.familyName,
      middleName: person.middleName,
      birthDate: dotted(person.birthDate),
      gender: { male: 'M', female: 'F' }[person.gender],
      contacts: some(contacts),
      addresses: some(addresses),
      documents: some(person.documents?.map((document) => present({
        type: 'RF_PASSPORT', series: document.series, number: document.number,
        issueDate: dotted(document.issueDate), issuedBy: document.issuedBy, vrfStu: VERIFIED,
      }))),
      snils: person.snils,
      inn: person.inn,
      vehicles: some(person.vehicles?.map((vehicle) => present({
        name: vehicle.model, numberPlate: vehicle.numberPlate, regCertificate: vehicle.certificate,
      }))),
      children: some(children),
    });
  },
};

/** Standard claim names; everything is in the ID token, as TARA does it. */
const B = {
  name: 'B',
  title: 'National Sign-In',
  tokenEndpointAuthMethod: 'client_secret_post',
  signingAlgorithm: 'ES256',
  claimsInIdToken: true,
  acrValues: ['low', 'substantial', 'high'],
  claimsOfScope: {
    openid: ['sub', 'acr'],
    profile: ['name', 'given_name', 'family_name', 'middle_name', 'birthdate', 'gender'],
    email: ['email', 'email_verified'],
    phone: ['phone_number', 'phone_number_verified'],
    address: ['address'],
  },
  labelOfScope: {
    profile: 'Name, date of birth and gender',
    email: 'E-mail address',
    phone: 'Phone number',
    address: 'Address',
  },
  claims(person) {
    return present({
      sub: person.sub,
      name: [person.givenName, person.familyName].filter(Boolean).join(' ') || undefined,
      given_name: person.givenName,
      family_name: person.familyName,
      middle_name: person.middleName,
      birthdate: person.birthDate,
      gender: person.gender,
      email: person.email,
      email_verified: person.email ? true : undefined,
      phone_number: person.mobile,
      phone_number_verified: person.mobile ? true : undefined,
      address: person.region && present({
        region: person.region.name, locality: person.city, postal_code: person.postalCode,
      }),
    });
  },
};

/** B with no secret shared: clients sign a statement with a key of their own. */
const C = { ...B, name: 'C', title: 'National Sign-In, with keys', tokenEndpointAuthMethod: 'private_key_jwt' };

export const VARIANTS = { A, B, C };
