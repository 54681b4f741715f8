//! Two published polls that asked the same question. Compared are their releases, nothing else. A poll of
//! which nothing was published, because too few people answered, is not offered. A breakdown that not both
//! plans have is refused before any figures are loaded.

use crate::{
    error::while_,
    polls::record::Poll,
    statistics::{StatisticsPort, release, tables::foreign},
    store::poll as poll_table,
};
use ports::{
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::results::{Choice, Comparable, Comparison},
};
use questionnaire::Language;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

/// So many of the newest published polls are looked at for the same question.
const NEWEST: u64 = 100;

impl StatisticsPort {
    /// The published polls with results that asked a question of `poll`, newest first.
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
        let mut others = Poll::readable(rows);
        others.retain(|other| !poll.questionnaire.shared_with(&other.questionnaire).is_empty());
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let ids = others.iter().map(|other| other.id).collect();
        let withheld = release::withheld(&self.platform.db, ids).await?;
        let comparable = |other: Poll| {
            Some(Comparable {
                poll: other.id,
                title: other.title.get(language).to_owned(),
                language: foreign(&other.title, language),
                published: self.platform.zone.day(other.published_at?),
            })
        };
        others.retain(|other| !withheld.contains(&other.id));
        Ok(others.into_iter().filter_map(comparable).collect())
    }

    /// Two published polls side by side; `reader` as in [`Statistics::results`](ports::Statistics::results).
    pub(super) async fn compare(
        &self,
        reader: Option<&SignedIn>,
        [one, other]: [Uuid; 2],
        by: &str,
        language: Language,
    ) -> Result<Comparison, Failure> {
        if one == other {
            return Err(Failure::NotFound);
        }
        let one = self.head(reader, one).await?;
        let other = self.head(reader, other).await?;
        let same = one.poll.questionnaire.shared_with(&other.poll.questionnaire);
        let planned: Vec<_> = one.poll.plan.shared_with(&other.poll.plan).breakdowns().collect();
        let chosen = Choice::of(by, &planned);
        let one = self.shown(reader, &one, chosen, language).await?;
        let other = self.shown(reader, &other, chosen, language).await?;
        Ok(Comparison::of([&one, &other], &same, planned, chosen))
    }
}
