//! `--hierarchy` and `--reconcile`: all levels agree, and no level is made worse.

use std::collections::BTreeMap;

use crate::desk::{Desk, normals, numbers, table};

const LEAVES: [&str; 4] = ["a", "b", "c", "d"];
const TREE: &str = "child,parent\na,east\nb,east\nc,west\nd,west\neast,all\nwest,all\n";
const GROUPS: &str = "unique_id,region,kind\na,east,db\nb,east,web\nc,west,db\nd,west,web\n";

fn leaf(at: usize, t: i64) -> f64 {
    20.0 * (at + 1) as f64 + 5.0 * (t % 7) as f64 + ((t * 7_919 + at as i64 * 31) % 13) as f64 / 2.0
}

fn history() -> String {
    let rows: String =
        LEAVES.iter().enumerate().flat_map(|(at, id)| (0..70).map(move |t| format!("{id},{t},{}\n", leaf(at, t)))).collect();
    format!("unique_id,ds,y\n{rows}")
}

/// Each sum with its leaves.
fn sums(tree: bool) -> Vec<(&'static str, Vec<&'static str>)> {
    if tree {
        vec![("all", LEAVES.to_vec()), ("east", vec!["a", "b"]), ("west", vec!["c", "d"])]
    } else {
        let regions = [("region=east", vec!["a", "b"]), ("region=west", vec!["c", "d"])];
        let kinds = [("kind=db", vec!["a", "c"]), ("kind=web", vec!["b", "d"])];
        std::iter::once(("total", LEAVES.to_vec())).chain(regions).chain(kinds).collect()
    }
}

#[test]
fn means_and_every_joint_path_add_up_at_all_levels() {
    let desk = Desk::with("s.csv", &history());
    desk.write("tree.csv", TREE);
    desk.write("groups.csv", GROUPS);
    for (file, tree) in [("tree.csv", true), ("groups.csv", false)] {
        for how in ["sum", "wls", "mint"] {
            let flags = format!("--input s.csv --horizon 3 --season 7 --hierarchy {file} --reconcile {how} --quiet");
            desk.done(&format!("forecast {flags} --paths 100 --paths-output p.csv -o f.csv"));
            let means = numbers(&desk.read("f.csv"), "mean");
            let (_, paths) = table(&desk.read("p.csv"));
            let paths: BTreeMap<(String, String), f64> =
                paths.iter().map(|row| ((row[0].clone(), format!("{} {}", row[1], row[2])), row[3].parse().unwrap())).collect();
            assert_eq!(paths.len(), (4 + sums(tree).len()) * 300);
            for values in [&means, &paths] {
                for (sum, leaves) in sums(tree) {
                    for ((_, at), whole) in values.iter().filter(|((id, _), _)| id == sum) {
                        let parts: f64 = leaves.iter().map(|leaf| values[&((*leaf).to_owned(), at.clone())]).sum();
                        assert!((whole - parts).abs() <= 1e-9 * parts.abs(), "{how}, {sum} at {at}: {whole} and {parts}");
                    }
                }
            }
        }
    }
}

#[test]
fn bottom_up_keeps_the_leaves_and_takes_the_quantiles_of_sums_from_their_paths() {
    let desk = Desk::with("s.csv", &history());
    desk.write("tree.csv", TREE);
    let flags = "--input s.csv --horizon 3 --season 7 --levels 80 --quiet";
    let (alone, _) = desk.done(&format!("forecast {flags} --point mean --format csv"));
    desk.done(&format!("forecast {flags} --hierarchy tree.csv --paths 200 --paths-output p.csv -o f.csv"));
    let levels = desk.read("f.csv");
    let (_, rows) = table(&levels);
    assert_eq!(
        rows.iter().map(|row| row[0].as_str()).step_by(3).collect::<Vec<_>>(),
        ["all", "east", "west", "a", "b", "c", "d"]
    );
    assert_eq!(rows[0].last().unwrap(), "sum of 4 series");
    let leaves: Vec<&str> = levels.lines().skip(1 + 9).collect();
    assert_eq!(leaves, alone.lines().skip(1).collect::<Vec<_>>(), "leaves are forecast as without a hierarchy");
    let high = numbers(&levels, "hi-80");
    let (_, paths) = table(&desk.read("p.csv"));
    for step in ["70", "71", "72"] {
        let mut drawn: Vec<f64> =
            paths.iter().filter(|row| row[0] == "all" && row[2] == step).map(|row| row[3].parse().unwrap()).collect();
        drawn.sort_by(f64::total_cmp);
        // rank 0.9 × 199 = 179.1, counted from 0
        let by_hand = drawn[179] + 0.1 * (drawn[180] - drawn[179]);
        assert!((high[&("all".to_owned(), step.to_owned())] - by_hand).abs() < 1e-9, "{step}");
    }
}

/// Thirty trees of a whole and three leaves that wander, partly together, and are measured with noise.
fn forest() -> (String, String, BTreeMap<(String, String), f64>) {
    let mut noise = normals(11);
    let (mut known, mut tree, mut truth) = ("unique_id,ds,y\n".to_owned(), "child,parent\n".to_owned(), BTreeMap::new());
    for number in 0..30 {
        let mut levels = [100.0, 150.0, 200.0];
        (0..3).for_each(|leaf| tree += &format!("t{number}-{leaf},t{number}\n"));
        for t in 0..46 {
            let common = 2.0 * noise();
            let values = [0, 1, 2].map(|leaf: usize| {
                levels[leaf] += common + noise();
                levels[leaf] + 4.0 * noise()
            });
            for (leaf, value) in values.iter().enumerate() {
                if t < 40 {
                    known += &format!("t{number}-{leaf},{t},{value}\n");
                } else {
                    truth.insert((format!("t{number}-{leaf}"), t.to_string()), *value);
                    *truth.entry((format!("t{number}"), t.to_string())).or_insert(0.0) += value;
                }
            }
        }
    }
    (known, tree, truth)
}

#[test]
fn reconciling_does_not_make_the_squared_error_larger_beyond_noise() {
    let (known, tree, truth) = forest();
    let desk = Desk::with("s.csv", &known);
    desk.write("tree.csv", &tree);
    // what each level says by itself: the wholes as series of their own
    let mut wholes: BTreeMap<(String, i64), f64> = BTreeMap::new();
    for row in table(&known).1 {
        let whole = row[0].split('-').next().unwrap().to_owned();
        *wholes.entry((whole, row[1].parse().unwrap())).or_insert(0.0) += row[2].parse::<f64>().unwrap();
    }
    let rows: String = wholes.iter().map(|((id, t), y)| format!("{id},{t},{y}\n")).collect();
    desk.write("both.csv", &format!("{known}{rows}"));
    let (base, _) = desk.done("forecast --input both.csv --horizon 6 --season 1 --point mean --format csv --quiet");
    let base = numbers(&base, "mean");
    assert_eq!(base.len(), truth.len());
    for how in ["wls", "mint"] {
        let flags = format!("--season 1 --hierarchy tree.csv --reconcile {how} --paths 20 --format csv");
        let (told, talk) = desk.done(&format!("forecast --input both.csv --horizon 6 {flags}"));
        assert!(!talk.contains("were summed"), "{talk}");
        let coherent = numbers(&told, "mean");
        let mut worse: BTreeMap<&str, f64> = BTreeMap::new();
        let mut before = 0.0;
        for ((id, t), came) in &truth {
            let place = (id.clone(), t.clone());
            let squared = |stated: &BTreeMap<(String, String), f64>| (stated[&place] - came).powi(2);
            before += squared(&base) / 30.0;
            *worse.entry(id.split('-').next().unwrap()).or_insert(0.0) += squared(&coherent) - squared(&base);
        }
        let n = worse.len() as f64;
        let mean = worse.values().sum::<f64>() / n;
        let error = (worse.values().map(|d| (d - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
        println!("{how}: {mean:.1} ± {error:.1} on {before:.1}");
        assert!(mean < 2.0 * error, "{how}: the squared error of a tree rises by {mean} ± {error} from {before}");
        assert!(mean.abs() < 0.1 * before, "{how}: {mean} of {before} says that something else happened than reconciling");
    }
    // the wholes are summed where the input has none
    let (_, talk) = desk.done("forecast --input s.csv --horizon 6 --season 1 --hierarchy tree.csv --reconcile mint --paths 20");
    assert!(talk.contains("30 upper series are not in the input and were summed from the lowest ones"), "{talk}");
    let (_, talk) = desk.done("forecast --input both.csv --horizon 6 --season 1 --hierarchy tree.csv --paths 20");
    assert!(talk.contains("30 upper series of the input are not used"), "{talk}");
}

#[test]
fn what_was_done_is_explained_for_every_level() {
    let desk = Desk::with("s.csv", &history());
    desk.write("tree.csv", TREE);
    let flags = "--input s.csv --horizon 3 --season 7 --hierarchy tree.csv --quiet --paths 50 --explain why.csv -o f.csv";
    desk.done(&format!("forecast {flags}"));
    let why = desk.read("why.csv");
    assert!(why.contains("all,sum,1") && why.contains("each path is the sum of those of 2 series"), "{why}");
    desk.done(&format!("forecast {flags} --reconcile mint"));
    let why = desk.read("why.csv");
    assert!(why.contains("reconciled by MinT") && table(&desk.read("f.csv")).1[0].last().unwrap().contains("MinT"), "{why}");
}

#[test]
fn a_backtest_scores_every_level_as_a_forecast_from_that_origin_says_it() {
    let desk = Desk::with("s.csv", &history());
    desk.write("tree.csv", TREE);
    let early = |line: &&str| line.split(',').nth(1).unwrap().parse::<i64>().map_or(true, |t| t < 63);
    let known: String = history().lines().filter(early).fold(String::new(), |all, line| all + line + "\n");
    desk.write("known.csv", &known);
    for how in ["sum", "wls", "mint"] {
        let flags = format!("--horizon 7 --season 7 --hierarchy tree.csv --reconcile {how} --paths 100");
        let (text, _) = desk.done(&format!("forecast --input known.csv {flags} --format csv --quiet"));
        let means = numbers(&text, "mean");
        desk.done(&format!("backtest --input s.csv {flags} --origins 2 --step 7 -o two.csv --plot levels.png --quiet"));
        desk.done(&format!("backtest --input s.csv {flags} --origins 1 -o scores.csv --quiet"));
        let scores = numbers_of(&desk.read("scores.csv"));
        let leaves = LEAVES.iter().map(|id| (*id, vec![*id]));
        let nodes: Vec<(&str, Vec<&str>)> = sums(true).into_iter().chain(leaves).collect();
        assert_eq!((scores.len(), numbers_of(&desk.read("two.csv")).len()), (nodes.len(), nodes.len()));
        for (id, of) in nodes {
            let place = |leaf: &&str| LEAVES.iter().position(|own| own == leaf).unwrap();
            let value = |t: i64| of.iter().map(|one| leaf(place(one), t)).sum::<f64>();
            let missed: f64 = (63..70).map(|t| (means[&(id.to_owned(), t.to_string())] - value(t)).abs()).sum::<f64>() / 7.0;
            let unit: f64 = (7..63).map(|t| (value(t) - value(t - 7)).abs()).sum::<f64>() / 56.0;
            let told = scores[id];
            assert!((told - missed / unit).abs() < 1e-9, "{how}, {id}: MASE {told}, by hand {}", missed / unit);
        }
    }
}

/// The MASE of each series.
fn numbers_of(scores: &str) -> BTreeMap<String, f64> {
    let (names, rows) = table(scores);
    let at = names.iter().position(|name| name == "mase").unwrap();
    rows.iter().map(|row| (row[0].clone(), row[at].parse().unwrap())).collect()
}

#[test]
fn bad_hierarchies_are_refused_with_their_place_and_leave_nothing() {
    let with = |from: &str, to: &str| TREE.replacen(from, to, 1);
    let late: String =
        history().lines().filter(|line| !line.starts_with("d,69")).fold(String::new(), |all, line| all + line + "\n");
    let cases: Vec<(String, String, &[&str])> = vec![
        (format!("{TREE}all,east\n"), history(), &["ingest/bad-cell", "tree.csv:6", "`east` is its own ancestor"]),
        (
            format!("{TREE}a,west\n"),
            history(),
            &["tree.csv:8", "column `parent`", "`a` has two parents, `east` and `west`, expected one"],
        ),
        (with("a,east", "a,a"), history(), &["tree.csv:2", "column `child`", "`a` is not a series other than its parent `a`"]),
        (
            format!("{TREE}q,west\n"),
            history(),
            &["ingest/hierarchy", "`q` has nothing below it and is not a series of the input"],
        ),
        (with("d,west\n", ""), history(), &["ingest/hierarchy", "series `d` of the input is not in the hierarchy"]),
        (TREE.to_owned(), late, &["ingest/hierarchy", "series `d` ends at 68, series `c` at 69"]),
        ("host,site\na,b\n".to_owned(), history(), &["no column `unique_id`", "child and parent"]),
        (
            "unique_id,site\na,x\na,y\nb,x\nc,x\nd,\n".to_owned(),
            history(),
            &["tree.csv:3", "`a` is not a series that no row before is of", "tree.csv:6", "`d` is in no group of it"],
        ),
        ("child,parent\n".to_owned(), history(), &["ingest/no-data"]),
    ];
    for (tree, series, words) in cases {
        let desk = Desk::with("s.csv", &series);
        desk.write("tree.csv", &tree);
        let line = "forecast --input s.csv --horizon 3 --season 7 --hierarchy tree.csv -o out.csv";
        desk.refused(line, 3, words, &["s.csv", "tree.csv"]);
    }
    let desk = Desk::with("s.csv", &history());
    desk.write("tree.csv", TREE);
    let names = ["s.csv", "tree.csv"];
    let line = "forecast --input s.csv --horizon 3 --hierarchy tree.csv";
    desk.refused(&format!("{line} --point median"), 2, &["medians do not add up"], &names);
    desk.refused("forecast --input s.csv --horizon 3 --reconcile mint", 2, &["--hierarchy"], &names);
    let many = format!("{line} --season 7 --reconcile mint --paths 1000000 --horizon 100");
    desk.refused(&many.replacen("--horizon 3 ", "", 1), 2, &["at most 200000000 are held", "--reconcile sum"], &names);
}
