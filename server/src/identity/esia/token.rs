//! ESIA's ID token: its signature is checked, by a key or by the operator's program, and then what
//! it says. There is no way around the first.

use super::command;
use crate::{config::esia::Verifier, identity::jwt};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

/// What the token says about the person.
const SUBJECT: &str = "urn:esia:sbj";
/// Seconds that the clocks may differ.
const LEEWAY: i64 = 60;

/// ESIA's public key.
pub struct Key(DecodingKey);

impl Key {
    /// The key of a public key or a certificate in PEM: RSA or an elliptic curve.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(pem: &str) -> Result<Self, String> {
        let pem = pem.as_bytes();
        DecodingKey::from_rsa_pem(pem)
            .or_else(|_| DecodingKey::from_ec_pem(pem))
            .map(Self)
            .map_err(|_| "neither an RSA nor an EC public key or certificate in PEM".to_owned())
    }
}

/// Whom an ID token speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// ESIA's identifier of the person.
    pub oid: String,
    /// Level of the account: `P`, `PR` or `KD`.
    pub level: Option<String>,
    /// Whether the account is confirmed.
    pub confirmed: bool,
    /// ESIA's session.
    pub sid: Option<String>,
}

/// What an ID token has to say.
pub struct Expected<'a> {
    /// ESIA's name in its tokens.
    pub issuer: &'a str,
    /// The portal's client id.
    pub client_id: &'a str,
    /// The nonce that was sent.
    pub nonce: &'a str,
    /// Whether it has to come back.
    pub nonce_required: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// The claims of a token whose signature holds.
///
/// # Errors
/// Why it does not.
pub async fn verified(
    token: &str,
    key: Option<&Key>,
    verifier: Option<&Verifier>,
) -> Result<Value, String> {
    let header = jwt::unchecked_header(token).ok_or("no signed token")?;
    let name = header.get("alg").and_then(Value::as_str).ok_or("no algorithm")?;
    let delegated = verifier.filter(|it| it.algorithms.iter().any(|known| known == name));
    match (name.parse::<Algorithm>(), delegated) {
        (Ok(algorithm), _) => {
            let key = key.ok_or("no key to check it with")?;
            // A public key is no shared secret, and an RSA key checks no other signature.
            if key.0.family() != algorithm.family() {
                return Err("signed with another algorithm".to_owned());
            }
            let (signed, signature) = token.rsplit_once('.').ok_or("no signed token")?;
            let holds = crypto::verify(signature, signed.as_bytes(), &key.0, algorithm);
            if !holds.unwrap_or(false) {
                return Err("the signature does not fit".to_owned());
            }
        }
        (Err(_), Some(verifier)) => {
            command::run(&verifier.program, token.as_bytes())
                .await
                .map_err(|why| format!("the signature was not confirmed: {why}"))?;
        }
        (Err(_), None) => return Err("signed with an algorithm that nobody here checks".to_owned()),
    }
    jwt::unchecked_claims(token).ok_or_else(|| "not JSON".to_owned())
}

/// Whom the claims of a checked token speak of.
///
/// # Errors
/// Which claim is wrong.
pub fn subject(claims: &Value, expected: &Expected<'_>) -> Result<Subject, &'static str> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit for ages")]
    let (now, leeway) = (expected.now.timestamp() as f64, LEEWAY as f64);
    if text(claims.get("iss")).as_deref() != Some(expected.issuer) {
        return Err("iss");
    }
    if text(claims.get("aud")).as_deref() != Some(expected.client_id) {
        return Err("aud");
    }
    if time("exp").is_none_or(|end| end <= now - leeway) {
        return Err("exp");
    }
    if ["nbf", "iat"].into_iter().filter_map(time).any(|begin| begin > now + leeway) {
        return Err("nbf or iat");
    }
    // Against a code of somebody else's that is slipped to this browser (RFC 9700, 2.1.1): there is no PKCE
    // here. What comes back must be ours in any case.
    match claims.get("nonce") {
        None if expected.nonce_required => {
            return Err("nonce: none was sent back (provider.esia.nonce_required)");
        }
        Some(nonce) if nonce != expected.nonce => return Err("nonce"),
        _ => {}
    }
    let about = claims.get(SUBJECT).ok_or(SUBJECT)?;
    let said = |name: &str| about.get(format!("{SUBJECT}:{name}"));
    if text(said("typ")).as_deref() != Some("P") {
        return Err("not a person");
    }
    let oid = text(said("oid")).filter(|oid| oid.bytes().all(|byte| byte.is_ascii_digit()));
    let oid = oid.ok_or("oid")?;
    if claims.get("sub").is_some_and(|sub| text(Some(sub)).as_ref() != Some(&oid)) {
        return Err("sub");
    }
    Ok(Subject {
        oid,
        level: text(said("lvl")),
        confirmed: said("is_tru").and_then(Value::as_bool).unwrap_or(false),
        sid: text(claims.get("urn:esia:sid")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims() -> Value {
        json!({
            "iss": "http://esia.example/", "aud": "PORTAL", "exp": 1_800_000_300, "iat": 1_800_000_000,
            "nonce": "n", "sub": 1_000_299_353,
            SUBJECT: {
                "urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": 1_000_299_353, "urn:esia:sbj:lvl": "KD",
                "urn:esia:sbj:is_tru": true,
            },
        })
    }

    fn check(claims: &Value) -> Result<Subject, &'static str> {
        check_where(true, claims)
    }

    fn check_where(nonce_required: bool, claims: &Value) -> Result<Subject, &'static str> {
        subject(
            claims,
            &Expected {
                issuer: "http://esia.example/",
                client_id: "PORTAL",
                nonce: "n",
                nonce_required,
                now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            },
        )
    }

    #[test]
    fn a_token_without_the_nonce_counts_only_where_none_comes_back() {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("nonce");
        let missing = "nonce: none was sent back (provider.esia.nonce_required)";
        assert_eq!(check_where(true, &claims), Err(missing));
        assert!(check_where(false, &claims).is_ok());
        claims["nonce"] = json!("other");
        assert_eq!(check_where(false, &claims), Err("nonce"), "what comes is looked at");
    }

    #[test]
    fn only_a_fresh_token_of_a_person_for_us_counts() {
        let good = check(&claims()).unwrap();
        assert_eq!((good.oid.as_str(), good.confirmed), ("1000299353", true));
        for (name, value, why) in [
            ("iss", json!("https://esia.example/"), "iss"),
            ("aud", json!("OTHER"), "aud"),
            ("aud", Value::Null, "aud"),
            ("exp", json!(1_799_999_000), "exp"),
            ("exp", json!("soon"), "exp"),
            ("iat", json!(1_800_000_900), "nbf or iat"),
            ("nbf", json!(1_800_000_900), "nbf or iat"),
            ("nonce", json!("other"), "nonce"),
            ("sub", json!(7), "sub"),
            (SUBJECT, json!({}), "not a person"),
            (SUBJECT, json!({ "urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": "1/../2" }), "oid"),
        ] {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(check(&claims), Err(why), "{name} = {value}");
        }
        let mut unconfirmed = claims();
        unconfirmed[SUBJECT].as_object_mut().unwrap().remove("urn:esia:sbj:is_tru");
        assert!(!check(&unconfirmed).unwrap().confirmed);
    }
}
