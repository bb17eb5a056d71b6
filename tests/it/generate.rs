//! Generated data: the committed files are what their recipes make, and what was put in can be found again.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::run::generate::{files, read_recipe};

fn datasets() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let mut found: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

#[test]
fn recipes_make_the_committed_files_byte_for_byte() {
    for folder in datasets() {
        let recipe = read_recipe(&folder.join("recipe.toml")).unwrap();
        let made = files(&recipe, false).unwrap();
        assert!(made.len() >= 3, "{}", folder.display());
        for (name, bytes) in made {
            let kept = fs::read(folder.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(kept == bytes, "{}/{name} is not what its recipe makes: plimsoll generate {0}/recipe.toml", folder.display());
        }
    }
}

#[test]
fn shipped_data_stay_under_9_megabytes() {
    let size =
        |folder: PathBuf| -> u64 { fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum() };
    let total: u64 = datasets().into_iter().map(size).sum();
    assert!(total <= 9_000_000, "{total} bytes");
}

#[test]
fn another_seed_gives_another_fleet_of_the_same_shape() {
    let mut recipe = read_recipe(&datasets()[0].join("recipe.toml")).unwrap();
    let one = files(&recipe, true).unwrap();
    recipe.seed += 1;
    let other = files(&recipe, true).unwrap();
    let names = |of: &[(String, Vec<u8>)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    assert!(one.iter().zip(&other).any(|(a, b)| a.1 != b.1));
}
