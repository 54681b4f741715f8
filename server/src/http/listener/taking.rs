//! Whether the client of an HTTP/2 connection takes anything of its answers.
//!
//! The stream below does not tell: a client that opens no window for its answers leaves nothing to
//! be written, and keeps the connection busy with pings. So the bodies themselves are watched. While
//! some wait for the client and none moves, the client takes nothing. One that moves does not keep the others
//! for ever: a client that leaves one of its answers untouched for [`LONGER`] times as long loses the
//! connection. Until then it may take them one after the other.
//!
//! The protocol asks for a frame before it knows whether there is a window for it, and forgets a body
//! once it has the last frame. So bodies are given in small frames, and the last frame is one byte: it
//! goes when everything before it went, and until then the body is there to be watched.
//!
//! What it must never do: count against the client the time in which the portal itself is slow.

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Most bytes of one frame: as many as the protocol sends at once.
const FRAME: usize = 16_384;
/// How many times longer than for any of its answers a client is waited for to take one of them.
const LONGER: u32 = 60;

/// What a connection's client takes.
pub struct Taking(Mutex<State>);

struct State {
    /// Bodies that there were.
    bodies: u64,
    /// Bodies that wait for the client, by their number, and since when each waits for the next time; not
    /// those that wait for us.
    waiting: HashMap<u64, Instant>,
    /// When one of them moved last.
    moved: Instant,
}

impl Default for Taking {
    fn default() -> Self {
        Self(Mutex::new(State { bodies: 0, waiting: HashMap::new(), moved: Instant::now() }))
    }
}

impl Taking {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new body.
    fn enter(&self) -> u64 {
        let mut state = self.state();
        state.bodies += 1;
        state.bodies
    }

    /// From now on this body waits for the client, or does so anew.
    fn begin(&self, body: u64) {
        let (mut state, now) = (self.state(), Instant::now());
        if state.waiting.is_empty() {
            state.moved = now;
        }
        state.waiting.insert(body, now);
    }

    fn end(&self, body: u64) {
        self.state().waiting.remove(&body);
    }

    fn moved(&self) {
        self.state().moved = Instant::now();
    }

    /// If any body waits: the time since one last moved, and the time since the longest-resting one did.
    fn rest(&self) -> Option<(Duration, Duration)> {
        let state = self.state();
        state.waiting.values().min().map(|oldest| (state.moved.elapsed(), oldest.elapsed()))
    }

    /// Ends when the client has taken nothing for so long, or nothing of one answer for [`LONGER`] times as
    /// long.
    pub async fn stalls(&self, patience: Duration) {
        let mut wait = patience;
        loop {
            sleep(wait).await;
            wait = self.rest().map_or(patience, |(all, one)| {
                let longer = patience.saturating_mul(LONGER);
                patience.saturating_sub(all).min(longer.saturating_sub(one))
            });
            if wait.is_zero() {
                return;
            }
        }
    }
}

/// A body that tells when it moves.
pub struct Watched {
    body: Body,
    /// What came of it and was not given yet.
    held: Bytes,
    /// Trailers or an error that come after it.
    then: Option<Result<Frame<Bytes>, axum::Error>>,
    /// Whether nothing more comes of it.
    ended: bool,
    /// Whether a frame was given of which it is not known that it went.
    given: bool,
    /// Whether it counts among those that wait for the client.
    waits: bool,
    number: u64,
    taking: Arc<Taking>,
}

impl Watched {
    /// An answer's body.
    pub fn new(body: Body, taking: Arc<Taking>) -> Self {
        let (ended, number) = (body.is_end_stream(), taking.enter());
        if !ended {
            taking.begin(number);
        }
        let (held, then, given) = (Bytes::new(), None, false);
        Self { body, held, then, ended, given, waits: !ended, number, taking }
    }

    /// Whether it waits for the client from now on. Asked for its next frame, it has moved.
    fn wait_for_client(&mut self, waits: bool) {
        if waits {
            self.taking.begin(self.number);
        } else if self.waits {
            self.taking.end(self.number);
        }
        self.waits = waits;
    }

    fn next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            if self.held.len() > 1 {
                let most = FRAME.min(self.held.len() - 1);
                return Poll::Ready(Some(Ok(Frame::data(self.held.split_to(most)))));
            }
            if self.ended || self.then.is_some() {
                let last = std::mem::take(&mut self.held);
                let last = (!last.is_empty()).then(|| Ok(Frame::data(last)));
                return Poll::Ready(last.or_else(|| self.then.take()));
            }
            match Pin::new(&mut self.body).poll_frame(context) {
                // Whether more comes is not known: what is here must not wait for it.
                Poll::Pending if self.held.is_empty() => return Poll::Pending,
                Poll::Pending => {
                    return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.held)))));
                }
                Poll::Ready(None) => self.ended = true,
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => {
                        let before = std::mem::replace(&mut self.held, data);
                        if !before.is_empty() {
                            return Poll::Ready(Some(Ok(Frame::data(before))));
                        }
                    }
                    Err(frame) => self.then = Some(Ok(frame)),
                },
                Poll::Ready(Some(Err(error))) => self.then = Some(Err(error)),
            }
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if std::mem::take(&mut this.given) {
            this.taking.moved();
        }
        let next = this.next(context);
        this.given = matches!(next, Poll::Ready(Some(_)));
        this.wait_for_client(next.is_ready());
        next
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.then.is_none() && (self.ended || self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, held) = (self.body.size_hint(), self.held.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint.set_lower(inner.lower() + held);
        hint
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.given && self.is_end_stream() {
            self.taking.moved();
        }
        self.wait_for_client(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, io};
    use tokio::time::timeout;

    const PATIENCE: Duration = Duration::from_secs(1);

    async fn frame(body: &mut Watched) -> Option<usize> {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        frame.map(|frame| frame.unwrap().into_data().unwrap().len())
    }

    #[tokio::test]
    async fn a_body_comes_whole_and_its_last_frame_is_one_byte() {
        let taking = Arc::new(Taking::default());
        let chunks = [40_000, 1, 0, 500].map(|length| Ok::<_, io::Error>(vec![7; length]));
        let stream = Body::from_stream(tokio_stream::iter(chunks));
        for (body, frames) in [
            (Body::from(vec![7; 40_000]), vec![16_384, 16_384, 7231, 1]),
            (Body::from("x"), vec![1]),
            (stream, vec![16_384, 16_384, 7231, 1, 1, 499, 1]),
        ] {
            let mut body = Watched::new(body, taking.clone());
            let mut seen = Vec::new();
            while !body.is_end_stream() {
                let Some(length) = frame(&mut body).await else { break };
                seen.push(length);
            }
            assert_eq!(seen, frames);
        }
        assert!(Watched::new(Body::empty(), taking.clone()).is_end_stream());
        assert_eq!(taking.rest(), None, "nothing is left to wait");
        let exact = Watched::new(Body::from("four"), taking).size_hint().exact();
        assert_eq!(exact, Some(4));
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_told_from_who_is_slow_and_from_us() {
        let taking = Arc::new(Taking::default());
        let stalls = || timeout(PATIENCE * 2, taking.stalls(PATIENCE));
        assert!(stalls().await.is_err(), "nothing is there to be taken");

        let mut slow = Watched::new(Body::from(vec![7; 100_000]), taking.clone());
        let taker = async {
            while frame(&mut slow).await.is_some() {
                sleep(PATIENCE / 4).await;
            }
        };
        tokio::select! {
            () = taking.stalls(PATIENCE) => panic!("something moves"),
            () = taker => {}
        }
        drop(slow);

        let mut ours = Watched::new(
            Body::from_stream(tokio_stream::pending::<io::Result<Vec<u8>>>()),
            taking.clone(),
        );
        let pending = timeout(PATIENCE, frame(&mut ours)).await;
        assert!(pending.is_err());
        assert!(stalls().await.is_err(), "it waits for us, not for the client");

        // The first frame is asked for in any case.
        let mut held = Watched::new(Body::from("an answer"), taking.clone());
        sleep(PATIENCE / 4).await;
        assert_eq!(frame(&mut held).await, Some(8));
        assert!(stalls().await.is_ok());
        drop(held);
        assert!(stalls().await.is_err(), "nothing is left to be taken");
        // Nor do new answers make up for it, of which nothing is taken either.
        let mut many = Vec::new();
        let opening = async {
            for _ in 0..20 {
                let mut body = Watched::new(Body::from("an answer"), taking.clone());
                frame(&mut body).await;
                many.push(body);
                sleep(PATIENCE / 4).await;
            }
        };
        tokio::select! {
            () = taking.stalls(PATIENCE) => {}
            () = opening => panic!("none of them moves"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_answer_that_moves_keeps_the_others_only_for_so_long() {
        let taking = Arc::new(Taking::default());
        let (began, longest) = (Instant::now(), PATIENCE * LONGER);
        let mut held = Watched::new(Body::from("an answer"), taking.clone());
        assert_eq!(frame(&mut held).await, Some(8));
        let endless =
            tokio_stream::iter(std::iter::repeat_with(|| io::Result::Ok(vec![7_u8; 100])));
        let mut moving = Watched::new(Body::from_stream(endless), taking.clone());
        let mover = async {
            while frame(&mut moving).await.is_some() {
                sleep(PATIENCE / 4).await;
            }
        };
        tokio::select! {
            () = taking.stalls(PATIENCE) => {}
            () = mover => panic!("it has no end"),
        }
        assert!(began.elapsed() >= longest && began.elapsed() < longest + PATIENCE);
        drop(held);
        // One that is slow has as long each time that it moves.
        let mut slow = Watched::new(Body::from(vec![7; 100_000]), taking.clone());
        let taker = async {
            while frame(&mut slow).await.is_some() {
                sleep(longest / 2).await;
            }
        };
        let mover = async {
            while frame(&mut moving).await.is_some() {
                sleep(PATIENCE / 4).await;
            }
        };
        tokio::select! {
            () = taking.stalls(PATIENCE) => panic!("each of them moves"),
            () = mover => panic!("it has no end"),
            () = taker => {}
        }
    }
}
