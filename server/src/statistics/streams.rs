//! Files on their way to whoever asked for them: none is ever whole in memory.
//!
//! The results that a file is made of are, and may take tens of megabytes. So whoever asks for one takes a
//! turn ([`Streams::turn`]) before anything is loaded. Whoever waits for one holds nothing but a place in a
//! [`Queue`], and where there is no place is told so at once. The turn lasts until the file is written,
//! also where nobody waits for it any more.
//!
//! A format that can be sent while it is written goes through a pipe of [`AHEAD`] pieces, and the
//! thread that writes it waits for the reader. Others are written into a file without a name
//! first, which the system removes with its last reader, and are sent from there. The same is
//! done with every format while [`FLOWING`] readers are being waited for: slow lines must not
//! take the threads from those who come after them. There is room on the disk for [`KEPT`] of them, and
//! none is kept for longer than a reader may take for it who is as slow as one of a pipe may be.
//!
//! What is made of a very large release otherwise, a page or an answer of the API, is written first, too, and
//! one by one ([`large`](super::large)).
//!
//! A file that breaks off breaks its connection, too: half a file must not look like a whole one. So what is
//! sent while it is written ends well only where its writer said that it did, and nothing has to be sent to
//! say that it did not: a reader who takes nothing would not take that either.

use super::queue::Queue;
use crate::error::while_;
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use exports::{Flow, Writer};
use ports::{failure::Failure, views::results::Results};
use questionnaire::Language;
use std::{
    fmt::Display,
    fs::File,
    io::{self, Seek as _, Write},
    iter, mem,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::{self, AbortHandle},
    time::sleep,
};
use tokio_stream::{StreamExt as _, once, wrappers::ReceiverStream};
use tokio_util::io::ReaderStream;

/// Length of a piece.
const PIECE: usize = 64 * 1024;
/// Pieces that are written before the reader has taken the first.
const AHEAD: usize = 4;
/// How long is waited for a reader to take the next piece.
const PATIENCE: Duration = Duration::from_secs(20);
/// Files sent at a time while they are written.
const FLOWING: usize = 8;
/// Files written at a time that are sent later. Others wait their turn.
const WHOLE: usize = 2;
/// Files that were written and that their readers have not taken yet. They are on the disk, or in memory
/// where that is where temporary files are.
const KEPT: usize = 32;
/// The same of what is made one by one: it may have a hundred megabytes and more.
const KEPT_LARGE: usize = 8;

const DOING: &str = "making an export";

/// Whoever has it may load what a file is made of.
pub enum Turn {
    /// The file is sent while this writes it.
    Flowing(Flow, OwnedSemaphorePermit),
    /// This writes it first.
    Whole(Writer, Place),
}

/// What a file takes that is written first.
pub struct Place {
    /// Until it is written.
    turn: OwnedSemaphorePermit,
    /// Until its reader has it.
    room: OwnedSemaphorePermit,
}

impl Place {
    /// What is left of it when the thing is made: the room until its reader has it.
    pub fn without_turn(self) -> OwnedSemaphorePermit {
        self.room
    }
}

/// What limits how much is on its way.
pub struct Streams {
    flowing: Arc<Semaphore>,
    whole: Queue,
    kept: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            flowing: Arc::new(Semaphore::new(FLOWING)),
            whole: Queue::new(WHOLE),
            kept: Arc::new(Semaphore::new(KEPT)),
            patience: PATIENCE,
        }
    }
}

impl Streams {
    /// For what takes so much memory that one is made at a time, and always written first.
    pub fn one_by_one() -> Self {
        let kept = Arc::new(Semaphore::new(KEPT_LARGE));
        Self { whole: Queue::new(1), kept, ..Self::default() }
    }

    /// The turn to make a file with this writer.
    ///
    /// # Errors
    /// [`Failure::Busy`] at once where too many wait already, or where too many files wait for their readers.
    pub async fn turn(&self, writer: Writer) -> Result<Turn, Failure> {
        if let Writer::Flow(write) = writer
            && let Ok(turn) = Arc::clone(&self.flowing).try_acquire_owned()
        {
            return Ok(Turn::Flowing(write, turn));
        }
        Ok(Turn::Whole(writer, self.place().await?))
    }

    /// The place of what is written first.
    ///
    /// # Errors
    /// As [`Self::turn`].
    pub async fn place(&self) -> Result<Place, Failure> {
        // Whoever would wait in vain is told so now.
        if self.kept.available_permits() == 0 {
            return Err(Failure::Busy);
        }
        let turn = self.whole.turn().await?;
        let room = Arc::clone(&self.kept).try_acquire_owned().map_err(|_| Failure::Busy)?;
        Ok(Place { turn, room })
    }

    /// The answer with a file of the release; what it is called is the caller's to say.
    ///
    /// # Errors
    /// When not even its beginning can be written.
    pub async fn answer(
        &self,
        turn: Turn,
        results: Results,
        language: Language,
    ) -> Result<Response, Failure> {
        match turn {
            Turn::Flowing(write, turn) => {
                self.flow(turn, move |out| write(&results, language, out)).await
            }
            Turn::Whole(Writer::Flow(write), place) => {
                self.whole(place, move |file| write(&results, language, file)).await
            }
            Turn::Whole(Writer::Whole(write), place) => {
                self.whole(place, move |file| write(&results, language, file)).await
            }
        }
    }

    /// Sends what is being written; returns with its first piece.
    async fn flow<E: Display>(
        &self,
        turn: OwnedSemaphorePermit,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Result<Response, Failure> {
        let (pieces, mut taken) = mpsc::channel(AHEAD);
        let whole = Arc::new(AtomicBool::new(false));
        let mut pipe = Pipe {
            pieces,
            piece: Vec::with_capacity(PIECE),
            whole: Arc::clone(&whole),
            patience: self.patience,
            runtime: Handle::current(),
            _turn: turn,
        };
        task::spawn_blocking(move || {
            let written = write(&mut pipe).map_err(|error| error.to_string());
            match written.and_then(|()| pipe.flush().map_err(|error| error.to_string())) {
                Ok(()) => pipe.end(),
                // Whoever left, or does not take anything, has nothing to do with us.
                Err(_) if pipe.pieces.is_closed() => {}
                Err(error) => tracing::warn!(%error, "an export broke off"),
            }
        });
        // What fails at once is answered as a failure.
        let first = taken.recv().await.ok_or_else(|| Failure::internal(DOING))?;
        let pieces = once(first).chain(ReceiverStream::new(taken)).map(Ok);
        // Asked for when no piece comes any more.
        let broken = move || {
            let whole = whole.load(Ordering::Acquire);
            (!whole).then(|| Err(io::Error::from(io::ErrorKind::UnexpectedEof)))
        };
        let end = tokio_stream::iter(iter::once_with(broken).flatten());
        Ok(Body::from_stream(pieces.chain(end)).into_response())
    }

    /// Writes a file, beside the threads that answer requests, and sends it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn whole<E: Display>(
        &self,
        Place { turn, room }: Place,
        write: impl FnOnce(&mut File) -> Result<(), E> + Send + 'static,
    ) -> Result<Response, Failure> {
        let write = move || {
            let _turn = turn;
            let mut file = tempfile::tempfile()?;
            write(&mut file).map_err(|error| io::Error::other(error.to_string()))?;
            file.rewind()?;
            let length = file.metadata()?.len();
            io::Result::Ok((file, room, length))
        };
        let written = task::spawn_blocking(write).await.map_err(while_(DOING))?;
        let (file, room, length) = written.map_err(while_(DOING))?;
        let pieces = length.div_ceil(PIECE as u64) + AHEAD as u64;
        let longest = self.patience.saturating_mul(u32::try_from(pieces).unwrap_or(u32::MAX));
        let waiting = WaitingFile::new(tokio::fs::File::from_std(file), room, longest);
        let file = ReaderStream::with_capacity(waiting, PIECE);
        Ok(([(header::CONTENT_LENGTH, length)], Body::from_stream(file)).into_response())
    }
}

/// A file that waits for its reader, for so long at most. Then it is gone with its room, although nobody asks
/// for more of it: a reader who takes nothing asks for nothing. One who asks all the same has been told how
/// long it is, and sees that it broke off.
struct WaitingFile {
    file: Arc<Mutex<Option<(tokio::fs::File, OwnedSemaphorePermit)>>>,
    end: AbortHandle,
}

impl WaitingFile {
    fn new(file: tokio::fs::File, room: OwnedSemaphorePermit, longest: Duration) -> Self {
        let file = Arc::new(Mutex::new(Some((file, room))));
        let kept = Arc::downgrade(&file);
        let end = tokio::spawn(async move {
            sleep(longest).await;
            if let Some(kept) = kept.upgrade() {
                kept.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
        });
        Self { file, end: end.abort_handle() }
    }
}

impl AsyncRead for WaitingFile {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((file, _)) => Pin::new(file).poll_read(context, buffer),
            None => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl Drop for WaitingFile {
    fn drop(&mut self) {
        self.end.abort();
    }
}

/// Takes a file byte by byte and gives it to the reader in pieces. Let go without its end, whatever the
/// reason, the file does not look whole.
struct Pipe {
    pieces: mpsc::Sender<Vec<u8>>,
    piece: Vec<u8>,
    /// What the reader's side asks when no piece comes any more.
    whole: Arc<AtomicBool>,
    patience: Duration,
    runtime: Handle,
    /// The last to be let go.
    _turn: OwnedSemaphorePermit,
}

impl Pipe {
    fn send(&self, piece: Vec<u8>) -> io::Result<()> {
        let sent = self.pieces.send_timeout(piece, self.patience);
        self.runtime.block_on(sent).map_err(|error| io::Error::other(error.to_string()))
    }

    /// Nothing is missing.
    fn end(self) {
        self.whole.store(true, Ordering::Release);
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (now, _) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
        self.piece.extend_from_slice(now);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(now.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.send(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use exports::Format;
    use std::sync::atomic::AtomicUsize;

    /// Many times more than may be on its way.
    const LENGTH: usize = 64 * PIECE;

    const SHORT: Duration = Duration::from_millis(50);

    fn short() -> Streams {
        Streams { patience: SHORT, ..Streams::default() }
    }

    /// The answer with what is written as a format is that can be sent meanwhile.
    async fn flow<E: Display>(
        streams: &Streams,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Result<Response, Failure> {
        match streams.turn(Format::Csv.writer()).await? {
            Turn::Flowing(_, turn) => streams.flow(turn, write).await,
            Turn::Whole(_, place) => streams.whole(place, |file| write(file)).await,
        }
    }

    /// The place of a file that cannot be sent while it is written.
    async fn place_in(streams: &Streams) -> Result<Place, Failure> {
        match streams.turn(Format::Pdf.writer()).await? {
            Turn::Whole(_, place) => Ok(place),
            Turn::Flowing(..) => panic!("it does not flow"),
        }
    }

    /// Writes a file of two pieces.
    fn two_pieces(file: &mut File) -> io::Result<()> {
        file.write_all(&vec![7; 2 * PIECE])
    }

    /// Writes [`LENGTH`] bytes in odd parts and counts what was taken.
    fn counted(taken: &Arc<AtomicUsize>) -> impl FnOnce(&mut dyn Write) -> io::Result<()> + use<> {
        let taken = Arc::clone(taken);
        move |out| {
            let mut left = LENGTH;
            while left > 0 {
                let part = [7; 999];
                let part = &part[..left.min(999)];
                out.write_all(part)?;
                left -= part.len();
                taken.fetch_add(part.len(), Ordering::SeqCst);
            }
            Ok(())
        }
    }

    fn half(out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&vec![7; LENGTH / 2])?;
        Err(io::Error::other("no room"))
    }

    fn broken(out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&vec![7; LENGTH / 2])?;
        panic!("a fault of a format's library");
    }

    /// What was taken once nothing more is: the writer has a thread of its own, so it is looked at several
    /// times.
    async fn settled(taken: &AtomicUsize) -> usize {
        let (mut before, mut equal) = (taken.load(Ordering::SeqCst), 0);
        while equal < 5 {
            sleep(Duration::from_millis(20)).await;
            let now = taken.load(Ordering::SeqCst);
            equal = if now == before { equal + 1 } else { 0 };
            before = now;
        }
        before
    }

    #[tokio::test]
    async fn the_writer_waits_for_the_reader() {
        let (streams, taken) = (Streams::default(), Arc::default());
        let answer = flow(&streams, counted(&taken)).await.unwrap();
        assert!(!answer.headers().contains_key(header::CONTENT_LENGTH));
        // What waits, the piece that the reader has, and the one that is being filled.
        assert!(settled(&taken).await <= (AHEAD + 2) * PIECE, "{taken:?}");
        let mut pieces = answer.into_body().into_data_stream();
        let (mut count, mut length) = (0, 0);
        while let Some(piece) = pieces.next().await {
            let piece = piece.unwrap();
            assert!(piece.len() <= PIECE && piece.iter().all(|byte| *byte == 7));
            (count, length) = (count + 1, length + piece.len());
        }
        assert_eq!((count, length), (LENGTH / PIECE, LENGTH));
    }

    #[tokio::test]
    async fn what_fails_at_once_is_a_failure_and_what_fails_later_breaks_the_connection() {
        let streams = Streams::default();
        assert!(flow(&streams, |_| Err("no room")).await.is_err());
        let place = place_in(&streams).await.unwrap();
        assert!(streams.whole(place, |_| Err("no room")).await.is_err());
        let answer = flow(&streams, half).await.unwrap();
        assert!(to_bytes(answer.into_body(), LENGTH).await.is_err());
        let answer = flow(&streams, broken).await.unwrap();
        assert!(to_bytes(answer.into_body(), LENGTH).await.is_err());
    }

    #[tokio::test]
    async fn who_leaves_or_takes_nothing_is_not_waited_for() {
        let (streams, taken) = (short(), Arc::default());
        let gone = flow(&streams, counted(&taken)).await.unwrap();
        drop(gone);
        let stalled = flow(&streams, counted(&taken)).await.unwrap();
        while streams.flowing.available_permits() < FLOWING {
            sleep(Duration::from_millis(10)).await;
        }
        assert!(to_bytes(stalled.into_body(), LENGTH).await.is_err(), "half a file");
    }

    #[tokio::test]
    async fn half_a_file_never_looks_whole_however_late_its_reader_goes_on() {
        let (streams, taken) = (short(), Arc::default());
        let stalled = flow(&streams, counted(&taken)).await.unwrap();
        while streams.flowing.available_permits() < FLOWING {
            sleep(Duration::from_millis(10)).await;
        }
        sleep(SHORT * 4).await;
        assert!(to_bytes(stalled.into_body(), LENGTH).await.is_err());
    }

    #[tokio::test]
    async fn a_file_that_nobody_waits_for_any_more_keeps_its_turn_until_it_is_written() {
        let streams = Streams::default();
        let place = place_in(&streams).await.unwrap();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let writing = streams.whole(place, move |_| ended.recv());
        assert!(tokio::time::timeout(SHORT, writing).await.is_err());
        assert_eq!(streams.whole.free(), WHOLE - 1);
        drop(end);
        while streams.whole.free() < WHOLE {
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_file_keeps_its_room_until_its_reader_has_it_and_without_room_there_is_none() {
        let streams = Streams::default();
        let mut slow = Vec::new();
        for _ in 0..KEPT {
            let place = place_in(&streams).await.unwrap();
            slow.push(streams.whole(place, two_pieces).await.unwrap());
        }
        assert_eq!(place_in(&streams).await.err(), Some(Failure::Busy));
        assert_eq!(streams.whole.free(), WHOLE, "all of them are written");
        // What can be sent while it is written needs none.
        assert!(flow(&streams, |out| out.write_all(b"some")).await.is_ok());
        let file = to_bytes(slow.pop().unwrap().into_body(), LENGTH).await.unwrap();
        assert_eq!(file.len(), 2 * PIECE);
        assert!(place_in(&streams).await.is_ok(), "the room of the one that was taken");
        drop(slow);
        assert_eq!(streams.kept.available_permits(), KEPT);
    }

    #[tokio::test]
    async fn a_file_that_nobody_takes_is_let_go_of_and_does_not_look_whole() {
        let streams = short();
        let place = place_in(&streams).await.unwrap();
        let stalled = streams.whole(place, two_pieces).await.unwrap();
        while streams.kept.available_permits() < KEPT {
            sleep(Duration::from_millis(10)).await;
        }
        assert!(to_bytes(stalled.into_body(), LENGTH).await.is_err());
    }

    #[tokio::test]
    async fn while_many_are_waited_for_the_next_still_gets_a_file() {
        let (streams, taken) = (Streams::default(), Arc::default());
        let mut slow = Vec::new();
        for _ in 0..FLOWING {
            slow.push(flow(&streams, counted(&taken)).await.unwrap());
        }
        let answer = flow(&streams, counted(&taken)).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_LENGTH], LENGTH.to_string());
        let file = to_bytes(answer.into_body(), LENGTH).await.unwrap();
        assert!(file.len() == LENGTH && file.iter().all(|byte| *byte == 7));
        assert_eq!(streams.whole.free(), WHOLE);
        assert_eq!(streams.kept.available_permits(), KEPT);
        assert_eq!(streams.flowing.available_permits(), 0, "the slow ones are still served");
    }
}
