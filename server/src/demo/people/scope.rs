//! The scopes a client can ask for, by ESIA's names.

use std::collections::BTreeSet;

/// A part of a person's data that is granted or refused as a whole.
///
/// The order is the one in which a consent page lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The subject; cannot be refused.
    Openid,
    /// First name, patronymic, family name.
    Fullname,
    /// Day of birth.
    Birthdate,
    /// Place of birth.
    Birthplace,
    /// Gender.
    Gender,
    /// Insurance number.
    Snils,
    /// Taxpayer's number.
    Inn,
    /// Identity document.
    IdDoc,
    /// Passport for travel.
    ForeignPassportDoc,
    /// Driving licence.
    DriversLicenceDoc,
    /// Residence permit.
    ResidenceDoc,
    /// Email address.
    Email,
    /// Mobile telephone.
    Mobile,
    /// Addresses.
    Addresses,
    /// Vehicles.
    Vehicles,
    /// Names of the children.
    KidFullname,
    /// Days of birth of the children.
    KidBirthdate,
    /// Genders of the children.
    KidGender,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 18] = [
        Self::Openid,
        Self::Fullname,
        Self::Birthdate,
        Self::Birthplace,
        Self::Gender,
        Self::Snils,
        Self::Inn,
        Self::IdDoc,
        Self::ForeignPassportDoc,
        Self::DriversLicenceDoc,
        Self::ResidenceDoc,
        Self::Email,
        Self::Mobile,
        Self::Addresses,
        Self::Vehicles,
        Self::KidFullname,
        Self::KidBirthdate,
        Self::KidGender,
    ];

    /// The name in requests and responses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Fullname => "fullname",
            Self::Birthdate => "birthdate",
            Self::Birthplace => "birthplace",
            Self::Gender => "gender",
            Self::Snils => "snils",
            Self::Inn => "inn",
            Self::IdDoc => "id_doc",
            Self::ForeignPassportDoc => "foreign_passport_doc",
            Self::DriversLicenceDoc => "drivers_licence_doc",
            Self::ResidenceDoc => "residence_doc",
            Self::Email => "email",
            Self::Mobile => "mobile",
            Self::Addresses => "addresses",
            Self::Vehicles => "vehicles",
            Self::KidFullname => "kid_fullname",
            Self::KidBirthdate => "kid_birthdate",
            Self::KidGender => "kid_gender",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    /// The known scopes of a list separated by spaces; unknown ones are ignored, as `OpenID`
    /// Connect Core 3.1.2.1 says.
    pub fn parse_list(list: &str) -> BTreeSet<Self> {
        list.split(' ').filter_map(Self::parse).collect()
    }

    /// The list separated by spaces that says `scopes`.
    pub fn format_list(scopes: &BTreeSet<Self>) -> String {
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        names.join(" ")
    }

    /// The types of document this scope releases; empty if it releases none.
    pub fn document_types(self) -> &'static [&'static str] {
        match self {
            Self::IdDoc => &["RF_PASSPORT", "FID_DOC"],
            Self::ForeignPassportDoc => &["FRGN_PASS"],
            Self::DriversLicenceDoc => &["RF_DRIVING_LICENSE"],
            Self::ResidenceDoc => &["RES_DOC"],
            _ => &[],
        }
    }

    /// The type of contact this scope releases, if any.
    pub fn contact_type(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("EML"),
            Self::Mobile => Some("MBT"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_scopes_are_one_to_one() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        let all: BTreeSet<_> = Scope::ALL.into_iter().collect();
        assert_eq!(all.len(), Scope::ALL.len());
        assert_eq!(Scope::parse_list(&Scope::format_list(&all)), all);
    }

    #[test]
    fn unknown_scopes_are_ignored() {
        let scopes = Scope::parse_list("openid  usr_org gender offline_access");
        assert_eq!(Scope::format_list(&scopes), "openid gender");
    }
}
