//! [`Server`]: two ports of this machine, until somebody ends it.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;
use crate::gate::Gate;
use crate::intake::Intake;
use crate::live::{Bounds, Live};
use crate::page::{Files, Page};
use crate::session::Pass;
use crate::site::{Given, Site};

/// Most bytes of live spans that are kept.
pub const MAX_KEPT_BYTES: usize = 64 << 20;
/// Most requests of live spans that are kept.
pub const MAX_KEPT_REQUESTS: usize = 10_000;

/// Connections of the page that are open at a time; others wait.
const PAGE_CONNECTIONS: usize = 128;
/// As many senders, each of which may hold a body.
const INTAKE_CONNECTIONS: usize = 16;
/// How long a client may be silent where a request is expected.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection is kept, however busy: one that does not read what it asked for is found out.
const LIFE: Duration = Duration::from_secs(300);
/// How long it may take then to end what it does.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The page's port, and perhaps one that takes spans.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    signals: [Signal; 2],
    page: (TcpListener, SocketAddr),
    pass: Pass,
    intake: Option<(TcpListener, SocketAddr)>,
}

impl Server {
    /// Opens the page's port on 127.0.0.1; 0 takes one that is free. From then on SIGINT and SIGTERM
    /// end [`run`](Server::run), and nothing else.
    ///
    /// # Errors
    ///
    /// The port cannot be opened, of the kind [`AddrInUse`](io::ErrorKind::AddrInUse) where somebody
    /// has it; or the system gives no threads or random numbers.
    pub fn open(port: u16) -> io::Result<Server> {
        // Two: one answers while the other is busy.
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let page = bind(&runtime, (Ipv4Addr::LOCALHOST, port).into())?;
        let pass = Pass::new(page.1.port()).map_err(io::Error::other)?;
        let signals = {
            let _inside = runtime.enter();
            [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]
        };
        Ok(Server { runtime, signals, page, pass, intake: None })
    }

    /// Opens a port that takes OTLP over HTTP, and returns its address. Who calls this sees to it that
    /// the address is this machine's alone.
    ///
    /// # Errors
    ///
    /// As [`open`](Server::open).
    pub fn listen(&mut self, address: SocketAddr) -> io::Result<SocketAddr> {
        let (_, address) = *self.intake.insert(bind(&self.runtime, address)?);
        Ok(address)
    }

    /// Returns the address to open in a browser, with the token of this run.
    pub fn address(&self) -> String {
        format!("http://{}/?token={}", self.page.1, self.pass.token())
    }

    /// Serves until somebody ends it.
    pub fn run(mut self, site: Box<dyn Site>, given: Given) {
        let bounds = Bounds { bytes: MAX_KEPT_BYTES, requests: MAX_KEPT_REQUESTS };
        let live = self.intake.as_ref().map(|_| Arc::new(Live::new(bounds)));
        let (listener, address) = self.page;
        let page = Arc::new(Page {
            gate: Gate::new(address),
            pass: self.pass,
            files: Arc::new(Files { site, given }),
            live: live.clone(),
        });
        self.runtime.spawn(accept(listener, PAGE_CONNECTIONS, move |request| {
            let page = Arc::clone(&page);
            async move { page.answer(&request.into_parts().0).await }
        }));
        if let (Some((listener, address)), Some(live)) = (self.intake, live) {
            let intake = Arc::new(Intake::new(Gate::new(address), live));
            self.runtime.spawn(accept(listener, INTAKE_CONNECTIONS, move |request| {
                let intake = Arc::clone(&intake);
                async move { intake.answer(request).await }
            }));
        }
        let [interrupt, terminate] = &mut self.signals;
        self.runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        });
        // Nobody waits for connections that are open, or for a file that is still read.
        self.runtime.shutdown_background();
    }
}

fn bind(runtime: &Runtime, address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = runtime.block_on(TcpListener::bind(address))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Takes connections, `most` at a time.
async fn accept<H, F>(listener: TcpListener, most: usize, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(most));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Such as too many open files: others may close some.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let handler = handler.clone();
        tokio::spawn(async move {
            converse(stream, handler).await;
            drop(place);
        });
    }
}

async fn converse<H, F>(stream: TcpStream, handler: H)
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Answer>,
{
    let service = service_fn(move |request| {
        let answer = handler(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // A client that went away is no news.
        _ = connection.as_mut() => {}
        () = sleep(LIFE) => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(LAST_WORDS, connection).await;
        }
    }
}
