//! Two published polls that asked the same question. Compared are their releases, nothing else. A poll of
//! which nothing was published, because too few people answered, is not offered. A breakdown that not both
//! plans have is refused before any figures are loaded.

use crate::{
    polls::record::Poll,
    statistics::{StatisticsPort, tables::foreign},
};
use ports::{
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::results::{Asked, Choice, Comparable, Comparison},
};
use questionnaire::Language;
use std::sync::Arc;
use uuid::Uuid;

/// So many of the newest published polls are looked at for the same question.
const NEWEST: usize = 100;

impl StatisticsPort {
    /// The published polls with results that asked a question of `poll`, newest first.
    pub(super) async fn comparable(
        &self,
        poll: &Poll,
        language: Language,
    ) -> Result<Vec<Comparable>, Failure> {
        let public = self.catalogue.shelf().await?;
        let published = public.told_after(None).filter(|other| other.state == State::Published);
        let newest = published.filter(|other| other.id != poll.id).take(NEWEST);
        let this = public.listed(poll);
        let mut others = Vec::new();
        for listed in newest.filter(|other| other.asks_one_of(&this)) {
            // One that cannot be read is no reason to offer none of the others; what broke is in the log.
            let Ok(other) = self.catalogue.public_poll(listed.id).await else { continue };
            if !poll.questionnaire.shared_with(&other.questionnaire).is_empty() {
                others.push(other);
            }
        }
        let ids = others.iter().map(|other| other.id).collect();
        let withheld = public.without_results(&self.platform.db, ids).await?;
        let comparable = |other: &Arc<Poll>| {
            Some(Comparable {
                poll: other.id,
                title: other.title.get(language).to_owned(),
                language: foreign(&other.title, language),
                published: self.platform.zone.day(other.published_at?),
            })
        };
        others.retain(|other| !withheld.contains(&other.id));
        Ok(others.iter().filter_map(comparable).collect())
    }

    /// Two published polls side by side; `reader` as in [`Statistics::results`](ports::Statistics::results).
    pub(super) async fn compare(
        &self,
        reader: Option<&SignedIn>,
        [one, other]: [Uuid; 2],
        asked: Asked,
        language: Language,
    ) -> Result<Comparison, Failure> {
        if one == other {
            return Err(Failure::NotFound);
        }
        let one = self.head(reader, one).await?;
        let other = self.head(reader, other).await?;
        let same = one.poll.questionnaire.shared_with(&other.poll.questionnaire);
        let planned: Vec<_> = one.poll.plan.shared_with(&other.poll.plan).breakdowns().collect();
        let chosen = Choice::of(asked, &planned);
        let one = self.shown(reader, &one, chosen, language).await?;
        let other = self.shown(reader, &other, chosen, language).await?;
        Ok(Comparison::of([&one, &other], &same, planned, chosen))
    }
}
