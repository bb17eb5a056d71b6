//! Fault trees as text.

use super::{Element, FaultTree, Gate};
use crate::simulate::exact::invalid::Invalid;

impl FaultTree {
    /// Reads the Galileo notation: statements that end in `;`, names in quotes or bare. `toplevel "A";` names the top event,
    /// `"B" lambda=0.4 dorm=0.3;` a part (`dorm` 1 when left out), and `"A" GATE "B" "C";` a gate, one of `and`, `or`, `2of3`, `pand`,
    /// `por`, `wsp` (also `csp`, `hsp`, `spare`: the dormancy is each part's own), `fdep`, `pdep=0.3`, `seq`.
    ///
    /// Sullivan, Dugan & Coppit (1999), "The Galileo fault tree analysis tool", *FTCS-29*.
    ///
    /// # Errors
    /// [`Invalid::FaultTree`] tells the statement that does not read; others as [`FaultTree::new`].
    pub fn from_galileo(text: &str) -> Result<Self, Invalid> {
        let mut top = None;
        let mut elements = Vec::new();
        for statement in statements(text)? {
            let words: Vec<&str> = statement.iter().map(String::as_str).collect();
            match words[..] {
                ["toplevel", name] => top = Some(name.to_owned()),
                [name, ref rest @ ..] => {
                    let unread = || Invalid::FaultTree(format!("cannot read `{}`", statement.join(" ")));
                    elements.push((name.to_owned(), element(rest).ok_or_else(unread)?));
                }
                [] => {}
            }
        }
        let top = top.ok_or_else(|| Invalid::FaultTree("no `toplevel`".to_owned()))?;
        Self::new(&top, &elements)
    }
}

/// The words of each statement; comments (`//` to the end of the line) left out.
fn statements(text: &str) -> Result<Vec<Vec<String>>, Invalid> {
    let text: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut all = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        if first == ';' {
            all.push(std::mem::take(&mut words));
            rest = &rest[1..];
        } else if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').ok_or_else(|| Invalid::FaultTree(format!("a quote is not closed: `{rest}`")))?;
            words.push(quoted[..end].to_owned());
            rest = &quoted[end + 1..];
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || c == ';' || c == '"').unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
    }
    if words.is_empty() { Ok(all) } else { Err(Invalid::FaultTree(format!("no `;` after `{}`", words.join(" ")))) }
}

fn element(words: &[&str]) -> Option<Element> {
    let (first, inputs) = words.split_first()?;
    if first.contains('=') && !first.starts_with("pdep") {
        return part(words);
    }
    let gate = match *first {
        "and" => Gate::And,
        "or" => Gate::Or,
        "pand" => Gate::InOrder,
        "por" => Gate::First,
        "wsp" | "csp" | "hsp" | "spare" => Gate::Spare,
        "fdep" => Gate::Depends(1.0),
        "seq" => Gate::Sequence,
        other => {
            if let Some(p) = other.strip_prefix("pdep=") {
                Gate::Depends(p.parse().ok()?)
            } else {
                let (wanted, of) = other.split_once("of")?;
                (of.parse::<usize>().ok()? == inputs.len()).then_some(())?;
                Gate::AtLeast(wanted.parse().ok()?)
            }
        }
    };
    Some(Element::Gate(gate, inputs.iter().map(|name| (*name).to_owned()).collect()))
}

fn part(words: &[&str]) -> Option<Element> {
    let (mut rate, mut dormancy) = (None, 1.0);
    for word in words {
        match word.split_once('=')? {
            ("lambda", value) => rate = Some(value.parse().ok()?),
            ("dorm", value) => dormancy = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(Element::Basic { rate: rate?, dormancy })
}
