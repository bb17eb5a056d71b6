//! `plimsoll commit`: one line more in a model file, all else of it as it is.

use std::path::{Path, PathBuf};

use super::load::{file_of, parse};
use crate::problem::{Problem, nearest};

/// The text of a model file with a scenario committed, and the file.
///
/// # Errors
/// All problems of the file; a scenario that it does not have; one that is committed already; one whose table has no `[scenario.…]` line.
pub fn commit(path: &Path, scenario: &str) -> Result<(PathBuf, String), Vec<Problem>> {
    let (file, text) = file_of(path)?;
    let declared = parse(&file, &text)?;
    let refused = |slug: &'static str, message: String, help: String| Err(vec![Problem::new(slug, &file, message).help(help)]);
    let names: Vec<&str> = declared.scenarios.iter().skip(1).map(|one| one.name.as_str()).collect();
    if !names.contains(&scenario) {
        let help = nearest(scenario, &names)
            .map_or_else(|| format!("declared: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
        return refused("spec/unknown-name", format!("there is no scenario `{scenario}`"), help);
    }
    if declared.scenarios.iter().any(|one| one.name == scenario && one.committed) {
        return refused(
            "spec/committed",
            format!("scenario `{scenario}` is committed already"),
            "nothing is to be done".to_owned(),
        );
    }
    let headers = [format!("[scenario.{scenario}]"), format!("[scenario.\"{scenario}\"]")];
    let is_header = |line: &str| headers.iter().any(|header| line.split('#').next().unwrap_or("").trim() == header);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(at) = lines.iter().position(|line| is_header(line)) else {
        let help = format!("write `committed = true` beside its `supposes` in {}", file.display());
        return refused("spec/committed", format!("scenario `{scenario}` has no line `{}`", headers[0]), help);
    };
    // a header on the last line may lack its end
    let added = if lines[at].ends_with('\n') { "committed = true\n" } else { "\ncommitted = true\n" };
    lines.insert(at + 1, added);
    let whole = lines.concat();
    parse(&file, &whole)?;
    Ok((file, whole))
}
