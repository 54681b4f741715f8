//! Where the time of a request or of scheduled work went, as OpenTelemetry traces.
//!
//! A trace says to the millisecond when something happened. So there is none of what lies on the
//! way of taking part ([`is_taking_part`](crate::http::taking_part::is_taking_part)): whoever knows when
//! somebody sat down to answer would read in it whether they did, and how many did is nobody's
//! to know before it is published. The [metrics](super::metrics) tell of those requests, in
//! portions. Of everything else a trace has the route (never the address), method, status and the
//! id that an error page shows; nothing of the person, and no poll.
//!
//! Only spans with the target [`TRACED`] leave the process: what other places or libraries note
//! for the log is not sent. A `traceparent` that comes with a request is not believed: anybody could send one.
//!
//! Protocol: OTLP over HTTP with protobuf, <https://opentelemetry.io/docs/specs/otlp/#otlphttp>;
//! names of attributes: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.

use crate::{
    config::{network::Network, operation::Operation},
    outgoing,
};
use async_trait::async_trait;
use axum::http::{self, StatusCode};
use opentelemetry::trace::{Status, TracerProvider as _};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

/// The target of spans that may leave the process.
pub const TRACED: &str = "veche::traced";
/// The target of the same spans where they speak of taking part.
pub const UNTRACED: &str = "veche::untraced";

/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The traces that have not been sent yet.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

/// Sends over the program's own HTTP client. The SDK asks from a thread of its own, which knows
/// no runtime.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let request = reqwest::Request::try_from(request)?;
        let sending = self.runtime.spawn(async move {
            let mut response = client.execute(request).await?;
            let mut answer = http::Response::new(Bytes::new());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = std::mem::take(response.headers_mut());
            *answer.body_mut() = response.bytes().await?;
            Ok::<_, reqwest::Error>(answer)
        });
        Ok(sending.await??)
    }
}

/// Writes down how a request ended, under the names that tools for traces know.
pub fn answered(span: &Span, method: &str, route: &str, status: StatusCode) {
    span.set_attribute("http.request.method", method.to_owned());
    span.set_attribute("http.route", route.to_owned());
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

impl Traces {
    /// Begins to collect, if the configuration names a collector, which is believed as `network`
    /// says: the layer to add to the log's.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    #[expect(clippy::type_complexity, reason = "said once")]
    pub fn start<S>(
        operation: &Operation,
        network: &Network,
        runtime: &Handle,
    ) -> Result<Option<(Self, Box<dyn Layer<S> + Send + Sync>)>, String>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let Some(collector) = &operation.traces else { return Ok(None) };
        // The exporter's own time does not bind a client that it is given, and it sends one batch after the other:
        // a collector that takes one and says nothing would get no other any more.
        let client = outgoing::client(network)?.connect_timeout(PATIENCE).timeout(PATIENCE);
        let client = client.build().map_err(|error| error.to_string())?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client { client, runtime: runtime.clone() })
            .with_endpoint(collector.as_str())
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::TraceIdRatioBased(operation.traces_share))
            // Nothing is read from the machine: names of hosts and users are not the collector's.
            .with_resource(Resource::builder_empty().with_service_name("veche").build())
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("veche"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TRACED));
        Ok(Some((Self(provider), layer.boxed())))
    }

    /// Sends what is left. It waits for the collector, so it needs a thread that may wait.
    ///
    /// # Errors
    /// The collector does not take it.
    pub fn end(self) -> Result<(), String> {
        self.0.shutdown_with_timeout(PATIENCE).map_err(|error| error.to_string())
    }
}
