//! The one place where the parts are put together.

use crate::pages;
use axum::Router;
use migration::{Store, connection};
use ports::{Deleted, Lasting, Portal, Ports, Traces};
use sea_orm::{DatabaseConnection, DbBackend, DbErr};
use secrecy::{ExposeSecret as _, SecretString};
use server::{
    accounts::{
        AccountsPort, attributes::Attributes, deletion, export, issuers, portal_key,
        sign_in::Subjects,
    },
    clock::{Clock, Zone},
    config::{Config, secret::Secret, stores},
    entropy::Entropy,
    http::{
        assets::Client,
        body,
        chain::Chain,
        errors, files, head, headers, host, in_time, lengths,
        listener::Answering,
        overload,
        public_pages::{self, PublicPages},
        rate, refused, request_id, same_origin, spelling, well_known,
    },
    identity::{
        self, Identity,
        arrivals::People,
        caller, session_cookie,
        sessions::{Sessions, remaining},
    },
    operation::{
        embedded,
        health::Health,
        metrics::{self, Metrics},
        routes,
    },
    platform::Platform,
    polls::{AuthoringPort, Life, ParticipationPort, catalogue::Catalogue, copies, feed},
    replica::Replica,
    scheduler::{LOG_MINUTES, Scheduler},
    staff::AdministrationPort,
    statistics::{self, StatisticsPort, publisher::Publisher, tokens},
};
use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};
use vault::Vault;

/// Why the portal cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The file of a database's address cannot be read.
    #[error("the address of the {store} store: the file cannot be read: {error}")]
    Address {
        /// Which connection, as of [`Self::Store`].
        store: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// A database cannot be reached or brought to the schema.
    #[error("the {store} store: {error}")]
    Store {
        /// Which connection: `portal`, `vault`, `publisher's`, `portal's replica`.
        store: &'static str,
        /// What the database said.
        error: DbErr,
    },
    /// The folder of an embedded database cannot be made.
    #[error("the folder of the {store} store: {folder}: {error}")]
    Folder {
        /// Which connection, as of [`Self::Store`].
        store: &'static str,
        /// Where it was to be.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The master key cannot be read.
    #[error("the master key: {0}")]
    Key(String),
    /// The identity provider's configuration cannot be used.
    #[error("the identity provider: {0}")]
    Provider(String),
}

/// The two databases, and what else they are reached by.
#[derive(Clone)]
pub struct Stores {
    /// People, consents, polls, releases, sessions.
    pub portal: DatabaseConnection,
    /// Answers.
    pub vault: DatabaseConnection,
    /// The vault's database by the role that counts closed polls, where it is configured.
    pub publisher: Option<DatabaseConnection>,
    /// A replica of the portal's store, where it is configured.
    pub portal_replica: Option<DatabaseConnection>,
}

/// Compresses pages. With Brotli at 5 they are a tenth smaller than at 4, the default, in the same
/// time; more costs many times that for the next hundredth. Fonts and workbooks are compressed in themselves,
/// and so keep their length, by which a browser says how much of one is still to come.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().quality(CompressionLevel::Precise(5)).compress_when(
        DefaultPredicate::new()
            .and(NotForContentType::const_new("font/"))
            .and(NotForContentType::const_new("application/vnd.openxmlformats"))
            .and(NotForContentType::const_new("application/vnd.oasis.opendocument"))
            .and(lengths::may_be_compressed),
    )
}

/// Opens both databases, makes the folders of embedded ones, and says in the log which of them
/// somebody on the way there could pose as.
///
/// # Errors
/// When one cannot be reached, a folder cannot be made, or the file of an address cannot be read.
pub async fn open_stores(config: &Config) -> Result<Stores, StartupError> {
    let Config { stores, .. } = config;
    for exposed in stores.exposed() {
        tracing::warn!(key = &*exposed.key, "{}", exposed.problem);
    }
    let publisher = match &stores.publisher {
        None => None,
        // Where there are two databases it counts in the vault's, and needs no other.
        Some(both) => {
            let vault = stores.publisher_vault.as_ref().unwrap_or(both);
            Some(open("publisher's", vault).await?)
        }
    };
    let portal_replica = match &stores.portal_replica {
        None => None,
        Some(address) => {
            let store = "portal's replica";
            let db = connection::open_replica(read(store, address)?.expose_secret()).await;
            Some(db.map_err(|error| StartupError::Store { store, error })?)
        }
    };
    Ok(Stores {
        portal: open(Store::Portal.name(), &stores.portal).await?,
        vault: open(Store::Vault.name(), &stores.vault).await?,
        publisher,
        portal_replica,
    })
}

async fn open(store: &'static str, address: &Secret) -> Result<DatabaseConnection, StartupError> {
    let address = read(store, address)?;
    if let Some(file) = embedded::file(address.expose_secret()) {
        let folder = embedded::folder(&file);
        fs::create_dir_all(folder).map_err(|error| StartupError::Folder {
            store,
            folder: folder.to_owned(),
            error,
        })?;
    }
    let db = connection::open(address.expose_secret()).await;
    db.map_err(|error| StartupError::Store { store, error })
}

/// The address of a store.
fn read(store: &'static str, address: &Secret) -> Result<SecretString, StartupError> {
    address.read().map_err(|error| StartupError::Address { store, error })
}

/// Brings both databases to the newest schema.
///
/// # Errors
/// When a migration fails.
pub async fn migrate(stores: &Stores) -> Result<(), StartupError> {
    migration::up::<migration::portal::Migrator>(&stores.portal)
        .await
        .map_err(|error| StartupError::Store { store: Store::Portal.name(), error })?;
    migration::up::<migration::vault::Migrator>(&stores.vault)
        .await
        .map_err(|error| StartupError::Store { store: Store::Vault.name(), error })
}

/// The portal, put together.
pub struct Assembly {
    /// Everything that answers requests.
    pub router: Router,
    /// What a connection is told for which there is no room.
    pub refusal: Router,
    /// Whether this server can do its work.
    pub health: Health,
    /// What those who run the portal see of it.
    pub metrics: Metrics,
    /// The two databases, to be closed at the end.
    pub stores: Stores,
    /// The limits, whose memory is swept now and then.
    pub rate: rate::Rate,
    /// What the capabilities stand on.
    pub platform: Platform,
    /// What is kept of people.
    pub attributes: Attributes,
    /// The answers' keeper.
    pub vault: Arc<Vault>,
    /// The published figures.
    pub statistics: Arc<StatisticsPort>,
    /// Every change of a poll's state.
    pub life: Life,
    /// What happens to polls by itself; somebody has to run it.
    pub scheduler: Scheduler,
}

/// Puts the portal together.
///
/// # Errors
/// When a secret cannot be read.
pub async fn assemble(
    config: &Config,
    stores: Stores,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Assembly, StartupError> {
    let masters = config.keys.masters().map_err(StartupError::Key)?;
    let key = portal_key::load(&stores.portal, &masters, &*entropy)
        .await
        .map_err(|error| StartupError::Key(error.to_string()))?;
    warn_of_another_issuer(config, &stores.portal).await;
    let replica = stores
        .portal_replica
        .clone()
        .map(|db| Arc::new(Replica::new(db, config.stores.replica_lag_seconds)));
    let zone = Zone(config.portal.zone());
    let (db, writer) = (stores.portal.clone(), connection::writer(&stores.portal));
    let platform = Platform { clock, entropy, zone, db, writer, replica };
    let vault = Arc::new(Vault::new(connections(&stores.vault), masters.of_polls()));
    let portal = Arc::new(portal(config, stores.vault.get_database_backend()));
    let attributes = Attributes::new(platform.clone(), &*key);
    let catalogue = Catalogue::new(platform.clone());
    let publisher = match stores.publisher.clone() {
        Some(role) => Publisher::of_role(platform.db.clone(), role),
        None => Publisher::of_stores(platform.writer.clone(), vault.clone()),
    };
    let life = Life {
        platform: platform.clone(),
        vault: vault.clone(),
        catalogue,
        publisher,
        regions: portal.regions.iter().map(|region| region.code.clone()).collect(),
        releasable: portal.releasable.clone().into(),
        backup_days: portal.backup_days,
    };
    let marks = deletion::Marks::new(&*key);
    let forms = tokens::Forms::new(&*key);
    let client = Client::load(&config.server.pages);
    let identity = Identity::new(
        config,
        platform.clone(),
        attributes.clone(),
        Subjects::new(&*key),
        client.clone(),
    )
    .map_err(StartupError::Provider)?;
    let identity = Arc::new(identity);
    let capabilities =
        Capabilities::new(config, portal, &life, &attributes, &identity, marks, forms);
    let statistics = capabilities.statistics.clone();
    let rate = rate::Rate::new(&config.limits, config.server.behind_proxy);
    let rule = same_origin::Rule {
        origin: config.server.origin().into(),
        exempt: &[identity::BACKCHANNEL_LOGOUT],
    };
    let scheduler = Scheduler::new(life.clone());
    let health =
        Health::new(stores.portal.clone(), stores.vault.clone(), vault.clone(), scheduler.beat());
    let metrics = Metrics::new(
        [(Store::Portal, stores.portal.clone()), (Store::Vault, stores.vault.clone())],
        scheduler.beat(),
        platform.entropy.clone(),
    );
    let transport = headers::Transport { https: config.server.https() };
    let router = capabilities
        .routes(&client, config.provider.form_origins(), config.server.behind_proxy)
        .layer(Chain::default().with((), refused::queues))
        .merge(identity::routes(identity));
    let router = known(router, config, &life, &attributes, &rate).merge(client.routes());
    let problems = errors::Pages { client, contact: config.portal.contact.as_str().into() };
    let around = Around {
        rule,
        rate: rate.clone(),
        health: health.clone(),
        problems: problems.clone(),
        transport,
        public: Arc::new(PublicPages::new(life.catalogue.edition())),
        metrics: metrics.clone(),
        entropy: platform.entropy.clone(),
    };
    let router = around.wrap(router, config);
    let refusal = overload::refusal(problems, transport)
        .layer(Chain::default().with(metrics.clone(), metrics::layer));
    Ok(Assembly {
        router,
        refusal,
        health,
        metrics,
        stores,
        rate,
        platform,
        attributes,
        vault,
        statistics,
        life,
        scheduler,
    })
}

/// Says in the log that the issuer is another one than that of people who have signed in.
async fn warn_of_another_issuer(config: &Config, db: &DatabaseConnection) {
    match issuers::another_at_first(db, config.provider.issuer_id()).await {
        Ok(false) => {}
        Ok(true) => tracing::warn!(
            key = "provider.issuer",
            "there are accounts of another issuer (`veche doctor` counts them): {}",
            issuers::FOLLOWS
        ),
        // Whoever needs an account says that it cannot be read.
        Err(error) => tracing::warn!(%error, "whose issuer's accounts are cannot be read"),
    }
}

/// What the portal is, as its pages say it.
fn portal(config: &Config, store: DbBackend) -> Portal {
    Portal {
        origin: config.server.origin(),
        operator: config.portal.operator.clone(),
        contact: config.portal.contact.clone(),
        particulars: config.portal.particulars(),
        provider: config.provider.name.clone(),
        regions: config.portal.regions.clone(),
        backup_days: config.portal.backup_days,
        releasable: config.provider.targets(),
        assured_only: config.provider.assured_only,
        traces: traces(store, &config.stores),
        lasting: Lasting {
            idle: config.sessions.idle_seconds,
            longest: config.sessions.longest_seconds,
        },
        demo: config.portal.demo,
    }
}

/// What people and staff do here: a port for each capability.
struct Capabilities {
    ports: Ports,
    accounts: Arc<AccountsPort>,
    authoring: Arc<AuthoringPort>,
    statistics: Arc<StatisticsPort>,
}

impl Capabilities {
    fn new(
        config: &Config,
        portal: Arc<Portal>,
        life: &Life,
        attributes: &Attributes,
        identity: &Arc<Identity>,
        marks: deletion::Marks,
        forms: tokens::Forms,
    ) -> Self {
        let Life { platform, vault, catalogue, .. } = life;
        let statistics = Arc::new(StatisticsPort::new(
            platform.clone(),
            vault.clone(),
            portal.clone(),
            catalogue.clone(),
            forms,
        ));
        let accounts = Arc::new(AccountsPort::new(
            platform.clone(),
            attributes.clone(),
            vault.clone(),
            catalogue.clone(),
            identity.clone(),
            portal.clone(),
            marks,
        ));
        let authoring = Arc::new(AuthoringPort::new(life.clone(), portal.clone()));
        let ports = Ports {
            accounts: accounts.clone(),
            administration: Arc::new(AdministrationPort::new(platform.clone(), attributes.clone())),
            authoring: authoring.clone(),
            participation: Arc::new(ParticipationPort::new(
                platform.clone(),
                vault.clone(),
                catalogue.clone(),
                life.publisher.clone(),
                portal.clone(),
                config.provider.clone(),
            )),
            statistics: statistics.clone(),
            portal,
        };
        Self { ports, accounts, authoring, statistics }
    }

    /// The pages, and the files and the API beside them; `provider` are the origins to which a page's
    /// form may lead.
    fn routes(self, client: &Client, provider: String, behind_proxy: bool) -> Router {
        let large = (self.statistics.clone(), files::Files::large(behind_proxy));
        pages::routes(self.ports, client.clone(), provider)
            .layer(Chain::default().with(large, statistics::large::layer))
            .merge(statistics::exports::routes(self.statistics.clone()))
            .merge(statistics::api::routes(self.statistics))
            .merge(export::routes(self.accounts))
            .merge(copies::downloads(self.authoring.clone()))
            .merge(copies::uploads(self.authoring))
    }
}

/// The routes with what knows who asks around them.
fn known(
    routes: Router,
    config: &Config,
    life: &Life,
    attributes: &Attributes,
    rate: &rate::Rate,
) -> Router {
    let Life { platform, catalogue, .. } = life;
    let sessions = Sessions::new(platform.clone(), config.sessions);
    let people = People::new(platform, attributes.clone());
    let name = session_cookie::name(config.server.https());
    let asked = remaining::routes(sessions.clone(), people.clone(), name);
    let bounds = rate.clone();
    let late = Arc::new(move |account| bounds.may_take_place_of_ended(account));
    let cookie = session_cookie::SessionCookie::new(sessions, people.clone(), late, &config.server);
    let minimum = config.provider.minimum();
    let callers = caller::Callers::new(platform.clone(), people, catalogue.clone(), minimum);
    routes
        .layer(
            Chain::default()
                .with((), public_pages::settle)
                .with(Arc::new(cookie), session_cookie::layer)
                .with(Arc::new(callers), caller::layer)
                .with(rate.clone(), rate::account_layer),
        )
        // To ask how long a session lasts is no use of it: the session's layer is not around this.
        .merge(asked)
        .merge(well_known::routes(config, platform.clock.clone()))
        .merge(feed::routes(config, platform.clone(), catalogue.clone()))
}

/// What a store of this kind, at these addresses, leaves behind of the answers.
fn traces(kind: DbBackend, addresses: &stores::Stores) -> Traces {
    let together = addresses.together();
    if kind == DbBackend::Postgres {
        Traces { deleted: Deleted::UntilOverwritten, moments_logged: true, together }
    } else {
        let deleted = Deleted::Minutes(LOG_MINUTES);
        Traces { deleted, moments_logged: false, together }
    }
}

/// The vault's connections to its store.
fn connections(db: &DatabaseConnection) -> vault::Connections {
    let writer = connection::writer(db);
    let [responses, drafts] = [(); 2].map(|()| connection::rounds(db, &writer));
    let reading = connection::rounds(db, db);
    vault::Connections { db: db.clone(), writer, responses, drafts, reading }
}

/// What stands around every route.
struct Around {
    rule: same_origin::Rule,
    rate: rate::Rate,
    health: Health,
    problems: errors::Pages,
    transport: headers::Transport,
    public: Arc<PublicPages>,
    metrics: Metrics,
    entropy: Arc<dyn Entropy>,
}

impl Around {
    /// The routes with everything around them, the outermost first.
    fn wrap(self, router: Router, config: &Config) -> Router {
        let limits = &config.limits;
        let bodies = body::Bounds {
            bytes: limits.body_bytes,
            time: Duration::from_secs(limits.body_seconds),
            room: body::Room::of(limits.body_memory_bytes),
            larger: &[
                body::Larger { path: ports::routes::IMPORT, bytes: copies::MAX_UPLOAD, file: true },
                // As many options as there may be, in every language, in letters that take six bytes each.
                body::Larger { path: ports::routes::SAVE_QUESTION, bytes: 1 << 20, file: false },
            ],
            session: session_cookie::name(self.transport.https),
            behind_proxy: config.server.behind_proxy,
        };
        let heads = head::Bounds { bytes: limits.head_bytes, fields: limits.head_fields };
        let most = Duration::from_secs(limits.request_seconds);
        // A balancer may ask by the server's address.
        let exempt = &[routes::HEALTHY, routes::READY];
        let host = host::Rule::of(config, exempt, self.problems.clone(), self.transport);
        router
            .layer(
                // Where a form comes from is looked at first: whatever else refuses it may show it
                // once more, to be sent from our own page.
                Chain::default()
                    .with(self.rule, same_origin::layer)
                    .with(most, in_time::layer)
                    .with(self.rate, rate::layer)
                    .with(files::Files::new(config.server.behind_proxy), files::layer),
            )
            // Whoever asks whether the portal is well is never refused.
            .merge(routes::health(self.health))
            .layer(
                Chain::default()
                    .with(self.entropy, request_id::layer)
                    .with(self.metrics, metrics::layer)
                    // Outside the pages that are kept, which are told apart by their addresses alone.
                    .with(host, host::layer)
                    .with(self.public, public_pages::serve)
                    .layer(compression())
                    .with(self.transport.https, lengths::layer)
                    .with(self.transport, headers::layer)
                    .with(self.problems, errors::layer)
                    .with(heads, head::layer)
                    // Around what no route answers, too: that of the routes above is not kept when they are merged.
                    .with((), spelling::layer)
                    .with(bodies, body::layer)
                    .layer(CatchPanicLayer::new()),
            )
    }
}

impl Assembly {
    /// What answers on the portal's address.
    #[must_use]
    pub fn answering(&self) -> Answering {
        Answering { portal: self.router.clone(), refusal: self.refusal.clone() }
    }
}
