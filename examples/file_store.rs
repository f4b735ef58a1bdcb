//! One token for all programs of a machine, in a file: `cargo run --example file_store --features http,seal`.
//!
//! Two programs, here two threads, take turns; the token endpoint is asked once. A value is written to a temporary file that then
//! takes the place of the old one, so that nobody reads half of it; a lock on a file beside it makes reading, comparing and writing
//! one step. The system gives the lock back if its holder dies.
#![allow(clippy::disallowed_types, clippy::disallowed_methods)] // the clock and the I/O that the core leaves to its caller

use std::error::Error;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bearerkit::seal::{Seal, StoreKey};
use bearerkit::{ClientConfig, Machine, Sharing};
use fs4::{FileExt, TryLockError};

mod sharing;
use sharing::{Program, Store};

/// `with_store_timeout` says the same to the machine.
const LIMIT: Duration = Duration::from_secs(1);

/// A folder on a local disk, for one user: the records are sealed, and deleting them is up to whoever may write there.
struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    fn path(&self, name: &str) -> PathBuf {
        // Windows has no colon in a file's name.
        self.folder.join(name.replace(':', "-"))
    }

    /// Waits until nobody else has the lock, but no longer than `LIMIT`.
    fn lock(&self, path: &Path) -> Result<File, Box<dyn Error>> {
        // Of the crate fs4: std has it since Rust 1.89.
        let lock = File::options().create(true).append(true).open(path.with_extension("lock"))?;
        let until = Instant::now() + LIMIT;
        loop {
            match FileExt::try_lock(&lock) {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Store for FileStore {
    fn read(&mut self, name: &str) -> Result<Option<String>, Box<dyn Error>> {
        let mut value = String::new();
        match File::open(self.path(name)) {
            // Someone else's file may have any length.
            Ok(file) => file.take(64 * 1024).read_to_string(&mut value).map(|_| Some(value)).map_err(Into::into),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Without `ttl`: a file stays, and the record's own dates count.
    fn write(&mut self, name: &str, value: &str, _ttl: Duration, over: Option<&str>) -> Result<bool, Box<dyn Error>> {
        let path = self.path(name);
        // Given back when it is dropped.
        let _lock = self.lock(&path)?;
        if self.read(name)?.as_deref() != over {
            return Ok(false);
        }
        let temporary = path.with_extension("tmp");
        let mut file = File::create(&temporary)?;
        file.write_all(value.as_bytes())?;
        // A power cut must not leave an empty file under the name: it may hold the only refresh token.
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        Ok(true)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("bearerkit-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let options = sharing::loopback_options()?;

    let programs: Vec<_> = (0..2)
        .map(|number| {
            let (options, folder) = (options.clone(), folder.clone());
            std::thread::spawn(move || run(number, &options, folder).map_err(|error| error.to_string()))
        })
        .collect();
    let mut sent = 0;
    for program in programs {
        sent += program.join().expect("no panic")?;
    }
    println!("token requests: {sent}");
    assert_eq!(sent, 1, "one of the two has asked, and the other has read what it saved");
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// One program: five calls.
fn run(number: usize, options: &str, folder: PathBuf) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let client = ClientConfig::from_json(options)?.with_sharing(Sharing::Atomic).with_store_timeout(LIMIT);
    let key = StoreKey::new("16 bytes or more; from a secret, not from the code");
    let (seal, timeout) = (Seal::new(options, Some(key))?, client.timeout());
    let mut program = Program::new(Machine::new(client, sharing::seed()), seal, FileStore { folder }, timeout);
    for call in 1..=5 {
        let token = program.token()?;
        println!("program {number}, call {call}: {} s left", program.remaining(&token).as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(program.sent)
}
