//! Two published polls that asked the same question. Compared are their releases, nothing else.

use crate::{
    error::while_,
    polls::record::Poll,
    statistics::{StatisticsPort, tables::foreign},
    store::poll as poll_table,
};
use ports::{
    failure::Failure,
    states::State,
    views::results::{Comparable, Comparison},
};
use questionnaire::Language;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

/// So many of the newest published polls are looked at for the same question.
const NEWEST: u64 = 100;

impl StatisticsPort {
    /// The published polls that asked a question of `poll`, newest first.
    pub(super) async fn comparable(
        &self,
        poll: &Poll,
        language: Language,
    ) -> Result<Vec<Comparable>, Failure> {
        let rows = poll_table::Entity::find()
            .filter(poll_table::Column::State.eq(State::Published.code()))
            .filter(poll_table::Column::Id.ne(poll.id))
            .order_by_desc(poll_table::Column::PublishedAt)
            .limit(NEWEST)
            .all(&self.platform.db)
            .await
            .map_err(while_("looking for comparable polls"))?;
        let mut comparable = Vec::new();
        for other in Poll::readable(rows) {
            if let Some(at) = other.published_at
                && !poll.questionnaire.shared_with(&other.questionnaire).is_empty()
            {
                comparable.push(Comparable {
                    poll: other.id,
                    title: other.title.get(language).to_owned(),
                    language: foreign(&other.title, language),
                    published: self.platform.zone.day(at),
                });
            }
        }
        Ok(comparable)
    }

    /// Two published polls side by side.
    pub(super) async fn compare(
        &self,
        [one, other]: [Uuid; 2],
        by: &str,
        language: Language,
    ) -> Result<Comparison, Failure> {
        if one == other {
            return Err(Failure::NotFound);
        }
        let one = Poll::load(&self.platform.db, one).await?;
        let other = Poll::load(&self.platform.db, other).await?;
        let same = one.questionnaire.shared_with(&other.questionnaire);
        let one = self.results_of(&one, language).await?;
        let other = self.results_of(&other, language).await?;
        Ok(Comparison::of(&one, &other, &same, by))
    }
}
