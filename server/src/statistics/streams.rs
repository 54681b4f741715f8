//! Files on their way to whoever asked for them: none is ever whole in memory.
//!
//! A format that can be sent while it is written goes through a pipe of [`AHEAD`] pieces, and the
//! thread that writes it waits for the reader. Others are written into a file without a name
//! first, which the system removes with its last reader, and are sent from there. The same is
//! done with every format while [`FLOWING`] readers are being waited for: slow lines must not
//! take the threads from those who come after them.
//!
//! A file that breaks off breaks its connection, too: half a file must not look like a whole one.

use crate::error::while_;
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use exports::Writer;
use ports::{failure::Failure, views::results::Results};
use questionnaire::Language;
use std::{
    fmt::Display,
    fs::File,
    io::{self, Seek as _, Write},
    mem,
    sync::Arc,
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
    task,
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
/// Files written at a time that are sent later. Others wait their turn, for no longer than the
/// server lets any request wait.
const WHOLE: usize = 2;

const DOING: &str = "making an export";

/// What limits how much is on its way.
pub struct Streams {
    flowing: Arc<Semaphore>,
    whole: Semaphore,
    patience: Duration,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            flowing: Arc::new(Semaphore::new(FLOWING)),
            whole: Semaphore::new(WHOLE),
            patience: PATIENCE,
        }
    }
}

impl Streams {
    /// The answer with a file of the release; what it is called is the caller's to say.
    ///
    /// # Errors
    /// When not even its beginning can be written.
    pub async fn answer(
        &self,
        writer: Writer,
        results: Results,
        language: Language,
    ) -> Result<Response, Failure> {
        match writer {
            Writer::Flow(write) => self.flow(move |out| write(&results, language, out)).await,
            Writer::Whole(write) => self.whole(move |file| write(&results, language, file)).await,
        }
    }

    /// Sends what is being written, if there is a turn; returns with its first piece.
    async fn flow<E: Display>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Result<Response, Failure> {
        let Ok(turn) = Arc::clone(&self.flowing).try_acquire_owned() else {
            return self.whole(|file| write(file)).await;
        };
        let (pieces, mut taken) = mpsc::channel(AHEAD);
        let mut pipe = Pipe {
            pieces,
            piece: Vec::with_capacity(PIECE),
            whole: false,
            patience: self.patience,
            runtime: Handle::current(),
        };
        task::spawn_blocking(move || {
            let _turn = turn;
            let written = write(&mut pipe).map_err(|error| error.to_string());
            match written.and_then(|()| pipe.flush().map_err(|error| error.to_string())) {
                Ok(()) => pipe.end(),
                // Whoever left, or does not take anything, has nothing to do with us.
                Err(_) if pipe.pieces.is_closed() => {}
                Err(error) => tracing::warn!(%error, "an export broke off"),
            }
        });
        // What fails at once is answered as a failure.
        let first =
            taken.recv().await.ok_or_else(|| Failure::internal(DOING))?.map_err(while_(DOING))?;
        let rest = once(Ok(first)).chain(ReceiverStream::new(taken));
        Ok(Body::from_stream(rest).into_response())
    }

    /// Writes a file when its turn comes, beside the threads that answer requests, and sends it.
    async fn whole<E: Display>(
        &self,
        write: impl FnOnce(&mut File) -> Result<(), E> + Send + 'static,
    ) -> Result<Response, Failure> {
        let turn = self.whole.acquire().await.map_err(while_(DOING))?;
        let write = move || {
            let mut file = tempfile::tempfile()?;
            write(&mut file).map_err(|error| io::Error::other(error.to_string()))?;
            file.rewind()?;
            let length = file.metadata()?.len();
            io::Result::Ok((file, length))
        };
        let written = task::spawn_blocking(write).await.map_err(while_(DOING))?;
        let (file, length) = written.map_err(while_(DOING))?;
        drop(turn);
        let file = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE);
        Ok(([(header::CONTENT_LENGTH, length)], Body::from_stream(file)).into_response())
    }
}

/// Takes a file byte by byte and gives it to the reader in pieces.
struct Pipe {
    pieces: mpsc::Sender<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    whole: bool,
    patience: Duration,
    runtime: Handle,
}

impl Pipe {
    fn send(&self, piece: io::Result<Vec<u8>>) -> io::Result<()> {
        let sent = self.pieces.send_timeout(piece, self.patience);
        self.runtime.block_on(sent).map_err(|error| io::Error::other(error.to_string()))
    }

    /// Nothing is missing.
    fn end(mut self) {
        self.whole = true;
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
        self.send(Ok(piece))
    }
}

impl Drop for Pipe {
    /// Without its end, whatever the reason, the file is not to look whole.
    fn drop(&mut self) {
        if !self.whole {
            let _ = self.send(Err(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Many times more than may be on its way.
    const LENGTH: usize = 64 * PIECE;

    fn short() -> Streams {
        Streams { patience: Duration::from_millis(50), ..Streams::default() }
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

    async fn settled(taken: &AtomicUsize) -> usize {
        loop {
            let before = taken.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            if taken.load(Ordering::SeqCst) == before {
                return before;
            }
        }
    }

    #[tokio::test]
    async fn the_writer_waits_for_the_reader() {
        let (streams, taken) = (Streams::default(), Arc::default());
        let answer = streams.flow(counted(&taken)).await.unwrap();
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
        assert!(streams.flow(|_| Err("no room")).await.is_err());
        assert!(streams.whole(|_| Err("no room")).await.is_err());
        let answer = streams.flow(half).await.unwrap();
        assert!(to_bytes(answer.into_body(), LENGTH).await.is_err());
        let answer = streams.flow(broken).await.unwrap();
        assert!(to_bytes(answer.into_body(), LENGTH).await.is_err());
    }

    #[tokio::test]
    async fn who_leaves_or_takes_nothing_is_not_waited_for() {
        let (streams, taken) = (short(), Arc::default());
        let gone = streams.flow(counted(&taken)).await.unwrap();
        drop(gone);
        let stalled = streams.flow(counted(&taken)).await.unwrap();
        while streams.flowing.available_permits() < FLOWING {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(to_bytes(stalled.into_body(), LENGTH).await.is_err(), "half a file");
    }

    #[tokio::test]
    async fn while_many_are_waited_for_the_next_still_gets_a_file() {
        let (streams, taken) = (Streams::default(), Arc::default());
        let mut slow = Vec::new();
        for _ in 0..FLOWING {
            slow.push(streams.flow(counted(&taken)).await.unwrap());
        }
        let answer = streams.flow(counted(&taken)).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_LENGTH], LENGTH.to_string());
        let file = to_bytes(answer.into_body(), LENGTH).await.unwrap();
        assert!(file.len() == LENGTH && file.iter().all(|byte| *byte == 7));
        assert_eq!(streams.whole.available_permits(), WHOLE);
        assert_eq!(streams.flowing.available_permits(), 0, "the slow ones are still served");
    }
}
