//! The provider says that somebody signed out elsewhere (`OpenID` Connect Back-Channel Logout 1.0).

use super::{Identity, provider::ProviderError};
use crate::{
    error::while_,
    store::{account, logout_token, session},
};
use axum::{
    Json,
    extract::{RawForm, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use ports::failure::Failure;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    QueryFilter as _, sea_query::OnConflict,
};
use serde_json::{Value, json};
use std::sync::Arc;
use url::form_urlencoded;
use uuid::Uuid;

/// The event that a logout token must name.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds that two clocks may differ by.
const LEEWAY: i64 = 120;
/// Seconds for which a logout token may be valid at most.
const LONGEST: i64 = 24 * 60 * 60;

/// Whose sessions end.
#[derive(Debug, PartialEq, Eq)]
pub struct Whose {
    /// Those of this person at the provider.
    pub sub: Option<String>,
    /// The one of this session at the provider.
    pub sid: Option<String>,
    /// The token's id, which counts once.
    pub jti: String,
    /// Until when the token's id has to be remembered.
    pub expires_at: DateTime<Utc>,
}

/// Why a token does not count.
enum Stop {
    /// It does not hold.
    Invalid(&'static str),
    /// The provider's keys cannot be had, or something of ours broke; the log says it.
    Later,
}

impl From<Failure> for Stop {
    fn from(_: Failure) -> Self {
        Self::Later
    }
}

/// `POST /auth/backchannel-logout` with `logout_token`.
pub async fn logout(State(identity): State<Arc<Identity>>, RawForm(form): RawForm) -> Response {
    let token = form_urlencoded::parse(&form)
        .find_map(|(name, value)| (name == "logout_token").then(|| value.into_owned()));
    match identity.logout(token.as_deref().unwrap_or_default()).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Stop::Invalid(why)) => {
            tracing::warn!(why, "a logout token was refused");
            (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_request" }))).into_response()
        }
        Err(Stop::Later) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl Identity {
    async fn logout(&self, token: &str) -> Result<(), Stop> {
        let (header, claims) = self.provider.verify(token).await.map_err(|error| match error {
            ProviderError::Refused(_) => Stop::Invalid("signature"),
            unavailable @ (ProviderError::Unavailable(_)
            | ProviderError::Ours(_)
            | ProviderError::Spent(_)) => while_("checking a logout token")(unavailable).into(),
        })?;
        let issuer = self.provider.issuer().await.map_err(while_("checking a logout token"))?;
        let client_id = &self.provider.settings().client_id;
        let whose = check(header.typ.as_deref(), &claims, &issuer, client_id, self.platform.now())
            .map_err(Stop::Invalid)?;
        if is_taken(&self.platform.db, &whose).await? {
            return Err(Stop::Invalid("jti"));
        }
        // Before sessions are looked for, and for all to see ([`super::ended`]).
        self.note_end(whose.sub.as_deref(), whose.sid.as_deref()).await?;
        // Together: a token that was taken and whose sessions go on would be refused when the
        // provider tries it again.
        let tx = self.platform.begin().await.map_err(while_("taking a logout token"))?;
        if !first_time(&tx, &whose).await? {
            return Err(Stop::Invalid("jti"));
        }
        self.end_sessions(&tx, &whose).await?;
        tx.commit().await.map_err(while_("taking a logout token"))?;
        Ok(())
    }

    async fn end_sessions(&self, db: &impl ConnectionTrait, whose: &Whose) -> Result<(), Failure> {
        let mut which = Condition::all();
        if let Some(sid) = &whose.sid {
            which = which.add(session::Column::ProviderSid.eq(sid));
        }
        if let Some(sub) = &whose.sub {
            let subject = self.subjects.of(self.provider.settings().issuer_id(), sub).hash;
            let account = account::Entity::find()
                .filter(account::Column::Subject.eq(subject.to_vec()))
                .one(db)
                .await
                .map_err(while_("finding whose sessions end"))?;
            let account = account.map_or(Uuid::nil(), |account| account.id);
            which = which.add(session::Column::AccountId.eq(account));
        }
        session::Entity::delete_many()
            .filter(which)
            .exec(db)
            .await
            .map_err(while_("ending sessions"))?;
        Ok(())
    }
}

/// Whether this token was taken before: then it must not end the sign-ins of now.
async fn is_taken(db: &impl ConnectionTrait, whose: &Whose) -> Result<bool, Failure> {
    let taken = logout_token::Entity::find_by_id(whose.jti.as_str())
        .one(db)
        .await
        .map_err(while_("looking for a logout token"))?;
    Ok(taken.is_some())
}

/// Takes this token; whether it was not taken before.
async fn first_time(db: &impl ConnectionTrait, whose: &Whose) -> Result<bool, Failure> {
    let inserted = logout_token::Entity::insert(logout_token::ActiveModel {
        jti: Set(whose.jti.clone()),
        expires_at: Set(whose.expires_at + TimeDelta::seconds(LEEWAY)),
    })
    .on_conflict(OnConflict::column(logout_token::Column::Jti).do_nothing().to_owned())
    .exec_without_returning(db)
    .await;
    match inserted {
        Ok(0) | Err(DbErr::RecordNotInserted) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(while_("keeping a logout token")(error)),
    }
}

/// The checks of section 2.6 but for the signature and the repetition.
///
/// # Errors
/// Which claim is wrong.
pub fn check(
    typ: Option<&str>,
    claims: &Value,
    issuer: &str,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Whose, &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    let kinds = ["logout+jwt", "application/logout+jwt", "jwt"];
    if typ.is_some_and(|typ| !kinds.contains(&typ.to_lowercase().as_str())) {
        return Err("typ");
    }
    if text("iss").as_deref() != Some(issuer) {
        return Err("iss");
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == client_id),
        _ => false,
    };
    if !for_us {
        return Err("aud");
    }
    let iat = time("iat").ok_or("iat")?;
    let exp = time("exp").ok_or("exp")?;
    let now = now.timestamp();
    if iat > now + LEEWAY || iat < now - LONGEST {
        return Err("iat");
    }
    if exp <= now - LEEWAY || exp > now + LONGEST {
        return Err("exp");
    }
    if !claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return Err("events");
    }
    // An ID token has one: it must not pass for a logout token.
    if claims.get("nonce").is_some() {
        return Err("nonce");
    }
    let (sub, sid) = (text("sub"), text("sid"));
    if sub.is_none() && sid.is_none() {
        return Err("neither sub nor sid");
    }
    let jti = text("jti").filter(|jti| (1..=255).contains(&jti.len())).ok_or("jti")?;
    let expires_at = DateTime::from_timestamp(exp, 0).ok_or("exp")?;
    Ok(Whose { sub, sid, jti, expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn claims() -> Value {
        json!({
            "iss": "https://id.example", "aud": "portal", "iat": 1_800_000_000, "exp": 1_800_000_120,
            "jti": "1", "events": { EVENT: {} }, "sid": "s",
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn refusal(claims: &Value) -> Option<&'static str> {
        check(Some("logout+jwt"), claims, "https://id.example", "portal", now()).err()
    }

    #[test]
    fn only_a_logout_token_for_us_counts() {
        assert_eq!(refusal(&claims()), None);
        assert_eq!(refusal(&with("aud", json!(["other", "portal"]))), None);
        for (name, value, why) in [
            ("iss", json!("https://other.example"), "iss"),
            ("aud", json!("other"), "aud"),
            ("aud", json!(["other"]), "aud"),
            ("iat", json!("soon"), "iat"),
            ("iat", json!(1_800_001_000), "iat"),
            ("iat", json!(1_799_900_000), "iat"),
            ("exp", json!(1_799_999_000), "exp"),
            ("exp", json!(1_800_100_000), "exp"),
            ("exp", Value::Null, "exp"),
            ("events", json!({}), "events"),
            ("nonce", json!("n"), "nonce"),
            ("sid", Value::Null, "neither sub nor sid"),
            ("jti", json!(""), "jti"),
        ] {
            assert_eq!(refusal(&with(name, value.clone())), Some(why), "{name} = {value}");
        }
        let typed = |typ| check(typ, &claims(), "https://id.example", "portal", now()).err();
        assert_eq!(typed(Some("at+jwt")), Some("typ"));
        assert_eq!(typed(None), None);
    }
}
