//! A poll in any state of its life.

use sea_orm::entity::prelude::*;

/// A poll in any state of its life.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "poll")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub department_id: Uuid,
    pub author_id: Uuid,
    pub state: String,
    pub revision: i32,
    pub languages: Json,
    pub title: Json,
    pub purpose: Json,
    pub questionnaire: Json,
    pub audience: Json,
    pub plan: Json,
    pub special_category: Option<String>,
    pub opens_at: Option<DateTimeUtc>,
    pub closes_at: Option<DateTimeUtc>,
    pub retention_days: i32,
    pub outcome: Option<Json>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub opened_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub published_at: Option<DateTimeUtc>,
    pub key_destroyed_at: Option<DateTimeUtc>,
    pub backup_days: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
