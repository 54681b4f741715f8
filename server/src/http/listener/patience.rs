//! A stream that fails when the other side does nothing for too long: when it takes nothing of what it
//! is sent, or neither sends nor takes anything.
//!
//! What it must never do: fail because of a client that is slow, but takes or sends something.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// The stream.
pub struct Patience<S> {
    stream: S,
    read: Option<Deadline>,
    write: Deadline,
}

/// How long something may be waited for, from the moment when it was not there.
struct Deadline {
    patience: Duration,
    running: bool,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    const fn new(patience: Duration) -> Self {
        Self { patience, running: false, sleep: None }
    }

    /// Forgets how long was waited until now.
    fn begin_anew(&mut self) {
        if let (true, Some(sleep)) = (self.running, &mut self.sleep) {
            sleep.as_mut().reset(Instant::now() + self.patience);
        }
    }

    /// `poll`, or an error where it has been pending for too long.
    fn hold<T>(
        &mut self,
        poll: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.running = false;
            return poll;
        }
        let sleep = match &mut self.sleep {
            Some(sleep) => {
                if !self.running {
                    sleep.as_mut().reset(Instant::now() + self.patience);
                }
                sleep
            }
            none => none.insert(Box::pin(sleep(self.patience))),
        };
        self.running = true;
        ready!(sleep.as_mut().poll(context));
        self.running = false;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S> Patience<S> {
    /// What a write came to. Whoever takes what it is sent has done something, and need not send
    /// anything before it has all of it.
    fn written<T>(
        &mut self,
        poll: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if let (Poll::Ready(Ok(_)), Some(read)) = (&poll, &mut self.read) {
            read.begin_anew();
        }
        self.write.hold(poll, context)
    }

    /// The stream, with how long to wait for what it sends, and for it to take what it is sent.
    pub fn new(stream: S, read: Option<Duration>, write: Duration) -> Self {
        Self { stream, read: read.map(Deadline::new), write: Deadline::new(write) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.stream).poll_read(context, buffer);
        match &mut this.read {
            Some(deadline) => deadline.hold(poll, context),
            None => poll,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.written(poll, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.written(poll, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.stream).poll_flush(context);
        this.write.hold(poll, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.stream).poll_shutdown(context);
        this.write.hold(poll, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test(start_paused = true)]
    async fn a_side_that_does_nothing_is_given_up_and_a_slow_one_is_not() {
        let patience = Duration::from_secs(2);
        let (near, mut far) = tokio::io::duplex(8);
        let mut near = Patience::new(near, Some(patience), patience);
        let slow = tokio::spawn(async move {
            let mut taken = Vec::new();
            while taken.len() < 40 {
                sleep(patience / 4).await;
                let mut some = [0; 8];
                let read = far.read(&mut some).await.unwrap();
                taken.extend_from_slice(&some[..read]);
            }
            far.write_all(b"thanks").await.unwrap();
            far
        });
        near.write_all(&[7; 40]).await.unwrap();
        let mut thanks = [0; 6];
        near.read_exact(&mut thanks).await.unwrap();
        let _far = slow.await.unwrap();
        let error = near.read_exact(&mut thanks).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "nothing comes");
        let error = near.write_all(&[7; 40]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "nothing is taken");
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_what_it_is_sent_need_not_send_anything_meanwhile() {
        let patience = Duration::from_secs(1);
        let (near, mut far) = tokio::io::duplex(8);
        let (mut reads, mut writes) =
            tokio::io::split(Patience::new(near, Some(patience), patience));
        let slow = tokio::spawn(async move {
            let mut some = [0; 8];
            for _ in 0..6 {
                sleep(patience / 3).await;
                far.read_exact(&mut some).await.unwrap();
            }
            far.write_all(b"thanks").await.unwrap();
            far
        });
        let waiting = tokio::spawn(async move {
            let mut thanks = [0; 6];
            reads.read_exact(&mut thanks).await?;
            // Now it does nothing at all.
            assert_eq!(reads.read(&mut thanks).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
            io::Result::Ok(thanks)
        });
        writes.write_all(&[7; 48]).await.unwrap();
        let _far = slow.await.unwrap();
        assert_eq!(&waiting.await.unwrap().unwrap(), b"thanks");
    }
}
