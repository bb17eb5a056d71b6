//! A run exists whole or not at all: files go to a temporary folder beside its final place, which is then renamed.
#![expect(clippy::disallowed_methods, reason = "this is where outputs are written")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A folder being filled; dropped before [`RunFolder::publish`] it vanishes.
#[derive(Debug)]
pub struct RunFolder {
    home: PathBuf,
    unfinished: tempfile::TempDir,
    _lock: fs::File,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |source| Error::Output { path: path.to_owned(), source }
}

impl RunFolder {
    /// Begins a run below `home` (`runs/<model>`), made if missing, and keeps other runs of the model out until dropped.
    ///
    /// # Errors
    /// [`Error::Locked`] when another run is under way; [`Error::Output`] when the folder cannot be made.
    pub fn begin(home: &Path) -> Result<Self, Error> {
        fs::create_dir_all(home).map_err(failed(home))?;
        let path = home.join(".lock");
        let lock = fs::File::create(&path).map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(Error::Locked { path }),
            Err(fs::TryLockError::Error(source)) => return Err(Error::Output { path, source }),
        }
        remove_leftovers(home);
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(home).map_err(failed(home))?;
        Ok(Self { home: home.to_owned(), unfinished, _lock: lock })
    }

    /// Writes one file, in sub-folders as its name says, and waits until the system holds it.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot, such as on a full disk.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.unfinished.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        let mut file = fs::File::create(&path).map_err(failed(&path))?;
        file.write_all(bytes).and_then(|()| file.sync_data()).map_err(failed(&path))
    }

    /// Gives the folder its final name, points `latest` to it, and returns its path.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be renamed.
    pub fn publish(self, name: &str) -> Result<PathBuf, Error> {
        let target = self.home.join(name);
        if target.exists() {
            fs::remove_dir_all(&target).map_err(failed(&target))?;
        }
        set_readable(self.unfinished.path()).map_err(failed(self.unfinished.path()))?;
        fs::rename(self.unfinished.path(), &target).map_err(failed(&target))?;
        let before = pointed(&self.home, "latest").and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
        if let Some(before) = before.filter(|before| before != name) {
            point(&self.home, "previous", &before).map_err(failed(&self.home))?;
        }
        point(&self.home, "latest", name).map_err(failed(&self.home))?;
        Ok(target)
    }
}

const UNFINISHED: &str = ".unfinished-";

/// Folders that a killed run left behind. Nobody else can be filling one: we hold the lock.
fn remove_leftovers(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _still_there_next_time = fs::remove_dir_all(entry.path());
        }
    }
}

/// A temporary folder is made for its owner only; a report is for everybody.
#[cfg(unix)]
fn set_readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn set_readable(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn point(home: &Path, pointer: &str, name: &str) -> std::io::Result<()> {
    let fresh = home.join(format!(".{pointer}-new"));
    if fs::symlink_metadata(&fresh).is_ok() {
        fs::remove_file(&fresh)?;
    }
    std::os::unix::fs::symlink(name, &fresh)?;
    fs::rename(&fresh, home.join(pointer))
}

#[cfg(not(unix))]
fn point(home: &Path, pointer: &str, name: &str) -> std::io::Result<()> {
    fs::write(home.join(pointer), name)
}

/// The newest finished run of a model below `home`; `None` when there is none.
#[must_use]
pub fn latest(home: &Path) -> Option<PathBuf> {
    pointed(home, "latest")
}

/// The run that `latest` or `previous` (what was `latest` before) points to, as a path below `home`.
pub(super) fn pointed(home: &Path, pointer: &str) -> Option<PathBuf> {
    let path = home.join(pointer);
    let name = match fs::read_link(&path) {
        Ok(target) => target,
        Err(_) => PathBuf::from(fs::read_to_string(path).ok()?.trim()),
    };
    Some(home.join(name)).filter(|folder| folder.join("manifest.json").is_file())
}

/// The folder of a run that was named: itself, what `latest` or `previous` points to where links are not, or of a folder of runs its
/// latest.
#[must_use]
pub fn named(run: &Path) -> PathBuf {
    let parent = run.parent().unwrap_or(Path::new("."));
    let pointed = run.file_name().and_then(|name| pointed(parent, &name.to_string_lossy()));
    let newest = || latest(run).filter(|_| !run.join("manifest.json").is_file());
    pointed.filter(|_| !run.is_dir()).or_else(newest).unwrap_or_else(|| run.to_owned())
}

/// All finished runs below `home`, by name.
///
/// # Errors
/// [`Error::Read`] when the folder cannot be listed.
pub(super) fn runs(home: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::Read { path: home.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(home).map_err(unreadable)? {
        let entry = entry.map_err(|source| Error::Read { path: home.to_owned(), source })?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let real = entry.file_type().is_ok_and(|kind| kind.is_dir());
        found.extend((real && !hidden).then(|| entry.path()).filter(|folder| folder.join("manifest.json").is_file()));
    }
    found.sort();
    Ok(found)
}

/// A finished run of this digest below `home`, whatever its day; `None` when there is none.
pub(super) fn finished(home: &Path, digest: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(home).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!("-{digest}"))));
    found.retain(|path| path.join("manifest.json").is_file());
    found.sort();
    found.pop()
}

/// Writes one table beside its final place and renames it: CSV or Parquet by its ending.
///
/// # Errors
/// [`Error::Output`] when it cannot be written.
pub fn write_table(path: &Path, table: &crate::report::Table) -> Result<(), Error> {
    let parquet = path.extension().is_some_and(|ending| ending == "parquet");
    let bytes = if parquet { crate::render::parquet(table) } else { crate::render::csv(table) };
    let bytes = bytes.map_err(|reason| Error::Render { file: path.display().to_string(), reason: reason.to_string() })?;
    write_whole(path, &bytes)
}

/// Writes a file whole or not at all.
///
/// # Errors
/// [`Error::Output`] when it cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = WholeFile::begin(path)?;
    file.file.write_all(bytes).map_err(failed(path))?;
    file.publish()
}

/// Writes several files of a folder: each lies whole beside its place before the first gets its name, so a full disk changes nothing.
///
/// # Errors
/// [`Error::Output`] when one cannot be written.
pub fn write_all(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        let mut file = WholeFile::begin(&path)?;
        file.file.write_all(bytes).map_err(failed(&path))?;
        written.push(file);
    }
    written.into_iter().try_for_each(WholeFile::publish)
}

/// A file being written beside its final place; dropped before [`WholeFile::publish`] it vanishes.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    file: tempfile::NamedTempFile,
}

impl WholeFile {
    /// Begins a file whose final place is `path`; folders on the way are made.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be made there.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(failed(parent))?;
        let file = tempfile::NamedTempFile::new_in(parent).map_err(failed(parent))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Where it is written.
    ///
    /// # Errors
    /// [`Error::Output`] when the system gives no second handle.
    pub fn out(&self) -> Result<fs::File, Error> {
        self.file.as_file().try_clone().map_err(failed(&self.path))
    }

    /// Waits until the system holds it, and gives it its name.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot.
    pub fn publish(self) -> Result<(), Error> {
        let path = self.path;
        self.file.as_file().sync_data().map_err(failed(&path))?;
        set_file_readable(self.file.path()).map_err(failed(&path))?;
        self.file.persist(&path).map(drop).map_err(|error| Error::Output { path, source: error.error })
    }
}

#[cfg(unix)]
fn set_file_readable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_file_readable(_file: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Reads one file of a finished run.
///
/// # Errors
/// [`Error::Read`] when it is not there.
pub fn read_output(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(name);
    fs::read(&path).map_err(|source| Error::Read { path, source })
}
