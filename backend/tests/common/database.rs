//! Which database tests run on: SQLite in the folder of the test, or, where `WAXWING_TEST_POSTGRES` names a server
//! (`postgres://user@host:port/postgres`, by a user who may make databases), one of its own there.
//!
//! What must hold: a folder has one database for as long as it is there, whoever asks and how often. On a server a database is a
//! copy of a template, which is migrated once for each state of the migrations; it is dropped when its folder is gone, by whoever
//! makes the next one.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

/// The variable that names a server.
pub(crate) const SERVER: &str = "WAXWING_TEST_POSTGRES";
/// Begins the names of databases of tests, and of templates.
const OF_TEST: &str = "waxwing_test_";
const TEMPLATE: &str = "waxwing_template_";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// The address of the folder's database, as `--database` takes it. `None`: it is a file in the folder.
pub(crate) fn url(dir: &Path) -> Option<String> {
    let server = std::env::var(SERVER).ok()?;
    let dir = std::path::absolute(dir).unwrap();
    // Whoever asks may stand in a runtime of his own, or in none.
    let asked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(database(&PgConnectOptions::from_str(&server).unwrap(), &dir))
    });
    Some(asked.join().unwrap())
}

async fn database(server: &PgConnectOptions, dir: &Path) -> String {
    let dir = dir.to_str().unwrap();
    let name = format!("{OF_TEST}{}", hash([dir.as_bytes()]));
    let mut admin = server.connect().await.unwrap();
    if !exists(&mut admin, &name).await {
        sweep(&mut admin).await;
        let template = template(server, &mut admin).await;
        let how = strategy(&mut admin).await;
        let made = run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}{how}")).await;
        // Another one of the same test was first.
        assert!(made.is_ok() || exists(&mut admin, &name).await, "{made:?}");
        // It may still be missing itself.
        let dir = Path::new(dir).ancestors().find(|dir| dir.exists()).and_then(Path::to_str).unwrap();
        run(&mut admin, format!("COMMENT ON DATABASE {name} IS '{}'", dir.replace('\'', "''"))).await.unwrap();
    }
    admin.close().await.unwrap();
    server.clone().database(&name).to_url_lossy().to_string()
}

/// How a database is copied fastest. Page by page, unless the server writes nothing that outlives it (`./build.sh test`): then its
/// checkpoints cost nothing, and copying files takes a third of the time.
async fn strategy(admin: &mut PgConnection) -> &'static str {
    let of_files = "SELECT current_setting('server_version_num')::int >= 150000 AND current_setting('wal_level') = 'minimal' \
         AND current_setting('fsync') = 'off'";
    if sqlx::query_scalar(of_files).fetch_one(admin).await.unwrap() { " STRATEGY FILE_COPY" } else { "" }
}

/// Drops what belongs to folders that are gone.
async fn sweep(admin: &mut PgConnection) {
    let of_tests: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT datname::text, shobj_description(oid, 'pg_database') FROM pg_database WHERE starts_with(datname, $1)",
    )
    .bind(OF_TEST)
    .fetch_all(&mut *admin)
    .await
    .unwrap();
    for (name, dir) in of_tests {
        if dir.is_some_and(|dir| !Path::new(&dir).exists()) {
            // Somebody else may do the same right now.
            let _ = run(admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// The template of these migrations; made when it is not there, by one alone.
async fn template(server: &PgConnectOptions, admin: &mut PgConnection) -> String {
    let name = format!("{TEMPLATE}{}", hash(MIGRATIONS.iter().map(|migration| migration.checksum.as_ref())));
    if exists(admin, &name).await {
        return name;
    }
    sqlx::query("SELECT pg_advisory_lock(6385)").execute(&mut *admin).await.unwrap();
    if !exists(admin, &name).await {
        // Under another name until it is whole.
        let raw = format!("{name}_raw");
        run(admin, format!("DROP DATABASE IF EXISTS {raw} WITH (FORCE)")).await.unwrap();
        run(admin, format!("CREATE DATABASE {raw}")).await.unwrap();
        let mut fresh = server.clone().database(&raw).connect().await.unwrap();
        MIGRATIONS.run(&mut fresh).await.unwrap();
        fresh.close().await.unwrap();
        for _ in 0..100 {
            // The server may still see the connection that was closed.
            if run(admin, format!("ALTER DATABASE {raw} RENAME TO {name}")).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    sqlx::query("SELECT pg_advisory_unlock(6385)").execute(&mut *admin).await.unwrap();
    assert!(exists(admin, &name).await, "the template {name} could not be made");
    name
}

async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(admin)
        .await
        .unwrap()
}

async fn run(admin: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await.map(drop)
}

fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    format!("{:016x}", u64::from_be_bytes(first))
}
