//! What went wrong for somebody who followed the tutorial with data of their own: what is said then.

use std::fs;
use std::path::Path;
use std::process::Command;

fn plimsoll(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let out =
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(folder).env("NO_COLOR", "1").output().unwrap();
    (out.status.code(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
}

/// The starter model with a part changed; its problems, or what came of a run.
fn starter(from: &str, to: &str, verb: &str) -> (Option<i32>, String) {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let file = desk.path().join("mine/model.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "the starter has no {from}");
    fs::write(&file, text.replace(from, to)).unwrap();
    plimsoll(desk.path(), &[verb, "mine", "--quiet"])
}

#[test]
fn an_amount_without_its_unit_is_told_so() {
    let (code, told) = starter("cpu = \"16 cores\"", "cpu = \"16\"", "check");
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("has no unit, expected cores or a multiple of it"), "{told}");
}

#[test]
fn shares_in_place_of_amounts_lead_to_the_key_that_is_missing() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let path = desk.path().join("mine");
    let history = fs::read_to_string(path.join("cpu.csv")).unwrap();
    let (header, rows) = history.split_once('\n').unwrap();
    let share = header.replace("cores", "cpu_percent");
    assert_ne!(share, header);
    fs::write(path.join("cpu.csv"), format!("{share}\n{rows}")).unwrap();
    let model = fs::read_to_string(path.join("model.toml")).unwrap();
    fs::write(path.join("model.toml"), model.replace("value = \"cores\"", "value = \"cpu_percent\"")).unwrap();
    let (code, told) = plimsoll(desk.path(), &["run", "mine", "--quiet"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("saw values in percent, expected cores") && told.contains("`measures = \"utilization\"`"), "{told}");
}

#[test]
fn unlike_files_of_a_folder_are_to_be_read_one_by_one() {
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join("exports")).unwrap();
    fs::write(desk.path().join("exports/a.csv"), "time,host,load\n2026-03-02T09:00:00Z,a,1\n2026-03-02T09:05:00Z,a,2\n").unwrap();
    fs::write(desk.path().join("exports/b.csv"), "time,host,load\n2026-03-02T09:00:00Z,a,5\n2026-03-02T09:05:00Z,a,6\n").unwrap();
    let (code, told) = plimsoll(desk.path(), &["inspect", "exports"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("the files of a folder are read as one export: try each file by itself"), "{told}");
    let (code, told) = plimsoll(desk.path(), &["inspect", "exports/a.csv", "exports/b.csv"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn a_label_that_no_series_has_is_told_with_those_that_are_there() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let (code, told) = plimsoll(desk.path(), &["ingest", "mine/cpu.csv", "--unit", "cores", "--stat", "avg", "-o", "mine/store"]);
    assert_eq!(code, Some(0), "{told}");
    let file = desk.path().join("mine/model.toml");
    let model = fs::read_to_string(&file).unwrap();
    let (before, source) = model.split_once("files = \"cpu.csv\"").unwrap();
    let after = source.split_once("sampled = \"average\"").unwrap().1;
    fs::write(&file, format!("{before}files = \"store\"\npool_from = \"service\"\nresource = \"cpu\"{after}")).unwrap();
    let (code, told) = plimsoll(desk.path(), &["run", "mine", "--quiet"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("saw no series with service = \"web\"") && told.contains("host: web-1, web-2"), "{told}");
}

#[test]
fn series_of_no_pool_are_named_and_not_dropped_in_silence() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let path = desk.path().join("mine");
    let history = fs::read_to_string(path.join("cpu.csv")).unwrap();
    let (header, rows) = history.split_once('\n').unwrap();
    // every second host is of a service that the model does not have
    let rows: Vec<String> =
        rows.lines().map(|row| format!("{row},{}", if row.contains("web-2") { "api" } else { "web" })).collect();
    fs::write(path.join("cpu.csv"), format!("{header},service\n{}\n", rows.join("\n"))).unwrap();
    let model = fs::read_to_string(path.join("model.toml")).unwrap();
    let told_apart = model.replace("pool = \"web\"\nresource", "pool_from = \"service\"\nresource");
    assert_ne!(model, told_apart);
    let store = told_apart.replace("files = \"cpu.csv\"", "files = \"store\"").replace("time = \"time\"\n", "");
    let store = store.replace("value = \"cores\"\n", "");
    let ingested = ["ingest", "mine/cpu.csv", "--unit", "cores", "--stat", "avg", "-o", "mine/store"];
    assert_eq!(plimsoll(desk.path(), &ingested).0, Some(0));
    for text in [told_apart, store] {
        fs::write(path.join("model.toml"), text).unwrap();
        let (code, told) = plimsoll(desk.path(), &["run", "mine", "--quiet", "--replications", "40", "--again"]);
        assert_eq!(code, Some(0), "{told}");
        let report = fs::read_to_string(desk.path().join("runs/mine/latest/report.json")).unwrap();
        assert!(report.contains("`service` names 1 that no pool is called, left out: `api`"), "{report}");
    }
}

#[test]
fn a_question_that_was_answered_is_not_asked_again() {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("a.csv"), "time,host,load\n2026-03-02T09:00:00Z,a,1\n2026-03-02T09:05:00Z,a,2\n").unwrap();
    let asked = "--stat avg)";
    assert!(plimsoll(desk.path(), &["inspect", "a.csv"]).1.contains(asked));
    let (code, told) = plimsoll(desk.path(), &["inspect", "a.csv", "--stat", "avg"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(!told.contains(asked) && told.contains("values are averages over their step"), "{told}");
    let (_, told) = plimsoll(desk.path(), &["ingest", "a.csv", "--stat", "avg", "-o", "store"]);
    assert!(!told.contains("maxima too"), "{told}");
}

#[test]
fn the_command_that_inspect_prints_ingests_all_that_it_read() {
    let desk = tempfile::tempdir().unwrap();
    // one column with a unit in its name, one without, a second time and a flag
    let text: String = (0..48)
        .map(|half| {
            format!(
                "2026-03-0{}T{:02}:{:02}:00Z,2026-03-01T00:00:00+11:00,{half},{},True\n",
                1 + half / 24,
                half % 24,
                0,
                half + 1
            )
        })
        .collect();
    fs::write(desk.path().join("a.csv"), format!("timestamp,local,demand_mwh,temperature,holiday\n{text}")).unwrap();
    let (code, told) = plimsoll(desk.path(), &["inspect", "a.csv"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("with 2 series of 2 metrics and 96"), "{told}");
    let (_, after) = told.split_once("To ingest it as read here:\n  plimsoll ").unwrap();
    let command = after.split("\n\n").next().unwrap().replace("\\\n", " ");
    let words: Vec<&str> = command.split_whitespace().collect();
    let (code, told) = plimsoll(desk.path(), &words);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("new: a.csv: 2 series, 96 samples"), "{words:?}: {told}");
}

#[test]
fn columns_alike_may_be_machines_or_pools() {
    let desk = tempfile::tempdir().unwrap();
    let rows = |values: &str| (0..9).map(|hour| format!("2026-03-02T0{hour}:00:00Z,{values}\n")).collect::<String>();
    fs::write(desk.path().join("wide.csv"), format!("time,net-1,cpu-2,c,d\n{}", rows("1,2,3,4"))).unwrap();
    let (_, told) = plimsoll(desk.path(), &["inspect", "wide.csv"]);
    assert!(told.contains("# 1 more metric in the same way.") && told.contains("`pool_from = \"metric\"`"), "{told}");
    assert!(told.contains("resource = \"RESOURCE\"") && !told.contains("resource = \"network\""), "{told}");
    // columns of several units are several things
    fs::write(desk.path().join("unlike.csv"), format!("time,net_bytes,cpu_cores,c,d\n{}", rows("1,2,3,4"))).unwrap();
    let (_, told) = plimsoll(desk.path(), &["inspect", "unlike.csv"]);
    assert!(told.contains("resource = \"cpu\"") && !told.contains("pool_from"), "{told}");
}

#[test]
fn a_resource_in_a_multiple_of_its_unit_is_refused_with_what_to_write() {
    let (code, told) = starter("cpu = \"cores\"", "cpu = \"millicores\"", "check");
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("`resource.cpu` is millicores, which is kept in cores, expected cores"), "{told}");
    assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains("write `cpu = \"cores\"`"), "{told}");
}

#[test]
fn many_problems_alike_are_a_line_each_after_the_first_few() {
    let units: String = (0..9).map(|n| format!("[unit.u{n}]\ncapacity = {{ cpu = \"1 cores\" }}\n\n")).collect();
    let (code, told) = starter("# What stands where.", &format!("{units}# What stands where."), "check");
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("9 problems") && told.contains("spec/missing-key: 5 more of these:"), "{told}");
    assert_eq!(told.matches("╭─[").count(), 4, "{told}");
    for n in 0..9 {
        assert_eq!(told.matches(&format!("`unit.u{n}` has no `lead_time`")).count(), 1, "{told}");
    }
    assert!(told.contains("such as `\"45 d\"`"), "{told}");
}

#[test]
fn too_little_history_says_what_would_do() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let path = desk.path().join("mine/cpu.csv");
    let history = fs::read_to_string(&path).unwrap();
    let few: Vec<&str> = history.lines().take(3 * 24 * 20).collect();
    fs::write(&path, few.join("\n") + "\n").unwrap();
    let (code, told) = plimsoll(desk.path(), &["run", "mine", "--quiet"]);
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("help: give more history or a shorter horizon, or leave that series"), "{told}");
}

#[test]
fn a_horizon_that_ends_before_orders_can_help_is_told() {
    let told = |horizon: &str| starter("horizon = \"180 d\"", &format!("horizon = \"{horizon}\""), "check").1;
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    // nine of ten orders of m8 are there within 80 days, a month later is day 110
    for (horizon, warned) in [("75 d", true), ("109 d", true), ("111 d", false)] {
        let (code, told) = plimsoll(desk.path(), &["check", "mine", "--set", &format!("plan.horizon=\"{horizon}\"")]);
        assert_eq!(code, Some(0), "{told}");
        let said = "90 % of orders for `web` are there within 80 days: no whole month of the plan can rely on one";
        assert_eq!(told.contains(said), warned, "{horizon}: {told}");
        assert!(told.contains("(1 pool, 1 source, 2 scenarios)"), "{told}");
    }
    assert_eq!(told("75 d"), "", "quiet says nothing");
}

#[test]
fn months_that_no_order_can_help_are_told_as_such() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let file = desk.path().join("mine/model.toml");
    let text = fs::read_to_string(&file).unwrap();
    // half of the safe load, so that demand is above it; orders come within 80 days in nine of ten cases
    let tight = text.replace("line = 0.7", "line = 0.35");
    assert_ne!(text, tight);
    fs::write(&file, tight).unwrap();
    for (horizon, within) in [("40", false), ("200", true)] {
        let (code, told) =
            plimsoll(desk.path(), &["run", "mine", "--quiet", "--horizon", horizon, "--replications", "200", "--runs", horizon]);
        assert_eq!(code, Some(0), "{told}");
        let report = fs::read(desk.path().join(horizon).join("mine/latest/report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let said = |text: &serde_json::Value, words: &str| text.as_str().unwrap().contains(words);
        let (summary, plain) = (&report["summary"][2], &report["director"]["sentences"][2]);
        for text in [summary, plain] {
            assert!(said(text, "Orders may come too late for"), "{horizon}: {text}");
            assert_eq!(said(text, "can be relied on to help before"), !within, "{horizon}: {text}");
            assert_eq!(said(text, "can still help"), within, "{horizon}: {text}");
        }
        let chart = report["charts"].as_array().unwrap().iter().find(|chart| chart["id"] == "cost-risk").unwrap();
        let title = &chart["title"];
        assert!(said(title, if within { "in every month that they can still help" } else { "No order placed today" }), "{title}");
    }
}

/// A model of one pool of four hosts of 10 cores, and 60 days of history by the hour; what the source says beside its pool, and the rows.
fn shared(rows: impl Fn(u32) -> String, header: &str, source: &str) -> (Option<i32>, String, String) {
    let desk = tempfile::tempdir().unwrap();
    let history: String = (0..60 * 24).map(rows).collect();
    fs::write(desk.path().join("cpu.csv"), format!("{header}\n{history}")).unwrap();
    let model = format!(
        "question = \"When?\"\n[resource]\ncpu = \"cores\"\n[plan]\nhorizon = \"60 d\"\nreplications = 40\n\
         [unit.m]\ncapacity = {{ cpu = \"10 cores\" }}\nlead_time = \"5 d\"\n\
         [[pool]]\nname = \"web\"\nbuys = \"m\"\nunits = [{{ unit = \"m\", count = 4 }}]\ndemand = [{{ resource = \"cpu\", line = 0.9 }}]\n\
         [[source]]\nname = \"cpu\"\nfiles = \"cpu.csv\"\npool = \"web\"\nresource = \"cpu\"\n{source}\n"
    );
    fs::write(desk.path().join("model.toml"), model).unwrap();
    let (code, told) = plimsoll(desk.path(), &["run", "."]);
    let report = desk.path().join("runs");
    let found = fs::read_dir(report).ok().and_then(|mut homes| homes.next());
    let report = found.map(|home| fs::read_to_string(home.unwrap().path().join("latest/report.md")).unwrap_or_default());
    (code, told, report.unwrap_or_default())
}

fn hour(hour: u32) -> u64 {
    1_772_323_200 + 3_600 * u64::from(hour)
}

#[test]
fn one_series_of_shares_is_of_the_whole_pool_and_not_of_one_machine() {
    // half of 4 × 10 cores
    let (code, told, report) = shared(|at| format!("{},50\n", hour(at)), "time,cpu_percent", "measures = \"utilization\"");
    assert_eq!(code, Some(0), "{told}");
    assert!(report.contains("cpu binds: 20 cores of 36 cores"), "{report}");
    assert!(report.contains("shares are taken of the whole pool (40.0 cores in force)"), "{report}");
}

#[test]
fn shares_of_fewer_machines_than_there_are_units_are_told() {
    let source = "entity = \"host\"\nmeasures = \"utilization\"";
    let machines = |count: u32| move |at: u32| (0..count).map(|host| format!("{},h{host},50\n", hour(at))).collect::<String>();
    let warned = "data: cpu{pool=\"web\"} (cpu): shares of 1 machine on the last day, each taken of 10.0 cores, and 40.0 cores were in force";
    let (code, told, report) = shared(machines(1), "time,host,cpu_percent", source);
    assert!(code == Some(0) && told.contains(warned), "{told}");
    assert!(report.contains("cpu binds: 5 cores of 36 cores"), "{report}");
    // as many as there are, or what they are of is declared: nothing to say
    assert!(!shared(machines(4), "time,host,cpu_percent", source).1.contains("data:"));
    assert!(!shared(machines(1), "time,host,cpu_percent", &format!("{source}\nof = \"10 cores\"")).1.contains("data:"));
}

#[test]
fn machines_are_rolled_up_by_a_list_or_a_pattern() {
    let rows = |at: u32| format!("{0},web-1,2\n{0},web-2,3\n{0},db-1,7\n{0},cache,11\n", hour(at));
    let binds = |select: &str, layout: &str| {
        let (code, told, report) = shared(rows, "time,host,cores", &format!("{layout}\nselect = {{ host = {select} }}"));
        assert_eq!(code, Some(0), "{told}");
        report.lines().find(|line| line.contains("cpu binds")).unwrap_or_default().to_owned()
    };
    for layout in ["entity = \"host\"", "time = \"time\"\nvalue = \"cores\""] {
        assert!(binds("[\"web-1\", \"db-1\"]", layout).contains("binds: 9 cores of"), "{layout}");
        assert!(binds("\"web-*\"", layout).contains("binds: 5 cores of"), "{layout}");
        assert!(binds("[\"*-1\", \"cache\"]", layout).contains("binds: 20 cores of"), "{layout}");
    }
    let (code, told, _) = shared(rows, "time,host,cores", "select = { host = [\"api-*\", \"mail\"] }");
    assert!(code == Some(3) && told.contains("no row has host = \"api-*\" or \"mail\""), "{told}");
    assert!(told.contains("there are host: cache, db-1, web-1, web-2"), "{told}");
}

#[test]
fn a_plan_that_begins_long_after_its_history_says_so_or_is_refused() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let run = |day: &str| plimsoll(desk.path(), &["run", "mine", "--replications", "40", "--as-of", day]);
    // the starter's history ends on 2026-10-30
    let (code, told) = run("2026-11-20");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("its history ends on 2026-10-30, 21 days before the plan begins"), "{told}");
    assert!(!run("2026-11-03").1.contains("before the plan begins"));
    let (code, told) = run("2030-01-01");
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("1159 of them since its last value"), "{told}");
    let (code, told) = run("2020-01-01");
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("its history begins on 2026-03-05, after 2020-01-01, the last day that the plan may use"), "{told}");
}

#[test]
fn a_run_may_be_named_by_the_folder_of_runs_and_a_missing_one_says_what_is_wanted() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let (code, told) = plimsoll(desk.path(), &["run", "mine", "--replications", "40", "--quiet"]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    for verb in ["report", "rerun", "plot"] {
        let (code, told) = plimsoll(desk.path(), &[verb, "runs/mine"]);
        assert_eq!(code, Some(0), "{verb}: {told}");
    }
    for words in [["report", "nowhere"], ["plot", "nowhere"], ["score", "nowhere"], ["diff", "nowhere"]] {
        let (code, told) = plimsoll(desk.path(), &words);
        assert_eq!(code, Some(2), "{words:?}: {told}");
        assert!(told.contains("name the folder of a finished run, such as runs/MODEL/latest"), "{words:?}: {told}");
    }
    let (code, told) = plimsoll(desk.path(), &["plot", "runs/mine", "risk", "-o", "risk.pdf"]);
    assert!(code == Some(2) && told.contains("saw the ending .pdf, expected .svg or .png"), "{told}");
    let (code, told) = plimsoll(desk.path(), &["init", "mine"]);
    assert!(code == Some(6) && told.contains("nothing was written over"), "{told}");
}

#[test]
fn a_gate_that_ends_a_job_is_told_when_quiet_too() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let run =
        |flag: &str, condition: &str| plimsoll(desk.path(), &["run", "mine", "--replications", "40", "--quiet", flag, condition]);
    let (code, told) = run("--fail-if", "report.cost >= 0");
    assert!(code == Some(10) && told.starts_with("Gate failed: report.cost >= 0"), "{code:?} {told}");
    assert_eq!(run("--warn-if", "report.cost >= 0"), (Some(0), String::new()));
    assert_eq!(run("--fail-if", "report.cost < 0"), (Some(0), String::new()));
}

#[test]
fn lengths_of_time_and_days_are_typed_as_in_a_model_file() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    for horizon in ["90", "90 d", "3 months", "0.25 y"] {
        let (code, told) = plimsoll(desk.path(), &["run", "mine", "--dry-run", "--horizon", horizon]);
        assert_eq!(code, Some(0), "{horizon}: {told}");
    }
    let refused = |words: &[&str], expected: &str| {
        let (code, told) = plimsoll(desk.path(), &[&["run", "mine"], words].concat());
        assert!(matches!(code, Some(2 | 4)) && told.contains(expected), "{words:?}: {told}");
    };
    refused(&["--horizon", "6 moons"], "expected 1 to 3660 days");
    refused(&["--as-of", "01/02/2026"], "expected a day such as 2026-10-31");
    refused(&["--set", "plan.risk=5%"], "a share is a number: --set plan.risk=0.05");
    refused(&["--set", "plan.horizon=1year"], "--set 'plan.horizon=\"1year\"'");
}

#[test]
fn parts_of_dates_are_no_loads_and_stamps_of_periods_are_asked_about() {
    let desk = tempfile::tempdir().unwrap();
    let rows = (0..16).map(|q| {
        let (year, quarter) = (2022 + q / 4, q % 4 + 1);
        format!("{year}-{:02}-01,{year},{quarter},{}\n", 3 * (quarter - 1) + 1, 800 + 10 * q)
    });
    let table = std::iter::once("date,year,quarter,orders\n".to_owned()).chain(rows).collect::<String>();
    fs::write(desk.path().join("orders.csv"), table).unwrap();
    let (code, told) = plimsoll(desk.path(), &["inspect", "orders.csv"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(told.matches("left out (a part of the date)").count(), 2, "{told}");
    assert_eq!(told.matches("[[source]]").count(), 1, "{told}");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Every stamp is the first day of a month, and is taken as it stands"), "{words}");
}

/// The starter's report, after a change of the model and of its history.
fn report(from: &str, to: &str, history: impl Fn(usize, &str) -> String) -> String {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let mine = desk.path().join("mine");
    let model = fs::read_to_string(mine.join("model.toml")).unwrap();
    assert!(model.contains(from), "the starter has no {from}");
    fs::write(mine.join("model.toml"), model.replace(from, to)).unwrap();
    let rows = fs::read_to_string(mine.join("cpu.csv")).unwrap();
    let rows: Vec<String> = rows.lines().enumerate().map(|(at, row)| history(at, row)).collect();
    fs::write(mine.join("cpu.csv"), rows.join("\n") + "\n").unwrap();
    let (code, told) = plimsoll(desk.path(), &["run", "mine", "--quiet", "--replications", "100"]);
    assert_eq!(code, Some(0), "{told}");
    fs::read_to_string(desk.path().join("runs/mine/latest/report.md")).unwrap()
}

#[test]
fn where_no_loss_has_to_be_survived_none_is_said_to_be() {
    let told = report("redundancy = ", "# redundancy = ", |_, row| row.to_owned());
    assert!(told.contains("The model asks for no loss to be survived"), "{told}");
    assert!(!told.contains("Every loss that must be survived"), "{told}");
}

#[test]
fn a_collector_that_writes_zeros_while_it_is_down_is_told_in_section_1() {
    // eight hours of three hosts
    let zeros = |at: usize, row: &str| match row.rsplit_once(',') {
        Some((start, _)) if (2_002..2_026).contains(&at) => format!("{start},0"),
        _ => row.to_owned(),
    };
    let told = report("redundancy", "redundancy", zeros);
    assert!(told.contains("a run of zeros (8 steps, from "), "{told}");
    assert!(told.contains("suspected dropouts of the collector"), "{told}");
    let sound = report("redundancy", "redundancy", |_, row| row.to_owned());
    assert!(!sound.contains("suspected dropouts"), "{sound}");
}

/// The starter on an export of another unit, read as it is found.
fn export(table: &str, unit: &str, source: &str) -> (Option<i32>, String) {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let mine = desk.path().join("mine");
    let mut model = fs::read_to_string(mine.join("model.toml")).unwrap();
    let columns = "time = \"time\"\nentity = \"host\"\nvalue = \"cores\"\nsampled = \"average\"";
    let units = format!("\"16 {unit}\"");
    for (from, to) in [("cpu = \"cores\"", &*format!("cpu = \"{unit}\"")), ("\"16 cores\"", &*units), (columns, source)] {
        assert!(model.contains(from), "the starter has no {from}");
        model = model.replace(from, to);
    }
    fs::write(mine.join("model.toml"), model).unwrap();
    fs::write(mine.join("cpu.csv"), table).unwrap();
    plimsoll(desk.path(), &["run", "mine", "--quiet", "--replications", "40"])
}

#[test]
fn a_rate_by_another_time_is_refused_with_the_scale_that_makes_it_the_resources() {
    let table =
        "time,metric,unit,value\n2026-03-02T09:00:00Z,seen,requests/5min,600\n2026-03-02T09:05:00Z,seen,requests/5min,900\n";
    let (code, told) = export(table, "requests/s", "");
    assert_eq!(code, Some(3), "{told}");
    let help = "declare `unit = \"requests/s\"` and `scale = 0.0033333333333333335` in the source: requests/5min in requests/s";
    assert!(told.contains(help), "{told}");
    let (_, told) = export(table, "requests/s", "unit = \"requests/s\"\nscale = 0.0033333333333333335");
    assert!(!told.contains("unit-mismatch"), "{told}");
}

#[test]
fn amounts_a_step_are_refused_with_the_units_that_the_resource_may_have() {
    let table = "time,energy_mwh\n2026-03-02T09:00:00Z,4000\n2026-03-02T09:30:00Z,4100\n2026-03-02T10:00:00Z,4100\n";
    let (code, told) = export(table, "MW", "kind = \"delta\"");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("saw values in MWh, expected MW"), "{told}");
    assert!(told.contains("give `cpu` the unit MWh/s, MWh/h or MWh/day"), "{told}");
    assert!(!export(table, "MWh/h", "kind = \"delta\"").1.contains("unit-mismatch"));
}

#[test]
fn an_entity_that_no_series_has_is_told_with_the_labels_that_are_there() {
    let table = "time,host,load\n2026-03-02T09:00:00Z,a,1\n2026-03-02T09:05:00Z,a,2\n2026-03-02T09:00:00Z,b,1\n";
    let (code, told) = export(table, "jobs", "entity = \"machine\"");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("saw no label `machine`, the `entity` of the source"), "{told}");
    assert!(told.contains("labels that are there: `metric`, `host`"), "{told}");
}

#[test]
fn a_name_that_is_nearly_one_of_the_data_is_suggested() {
    let table = "time,host,load\n2026-03-02T09:00:00Z,web-1,1\n2026-03-02T09:05:00Z,web-1,2\n2026-03-02T09:00:00Z,db,1\n";
    let (code, told) = export(table, "jobs", "entity = \"host\"\nselect = { host = \"web1\" }");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("did you mean `web-1`? there are host: db, web-1"), "{told}");
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("load.csv"), table).unwrap();
    let (code, told) = plimsoll(desk.path(), &["ingest", "load.csv", "--quiet", "-o", "kept"]);
    assert_eq!(code, Some(0), "{told}");
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let file = desk.path().join("mine/model.toml");
    let model = fs::read_to_string(&file).unwrap();
    let columns = "time = \"time\"\nentity = \"host\"\nvalue = \"cores\"\nsampled = \"average\"";
    let stored = model.replace("\"cpu.csv\"", "\"../kept\"").replace(columns, "select = { metric = \"loads\" }");
    fs::write(&file, stored).unwrap();
    let (code, told) = plimsoll(desk.path(), &["run", "mine", "--quiet"]);
    assert!(code == Some(3) && told.contains("did you mean `load`? there are "), "{told}");
}

#[test]
fn rows_that_disagree_do_not_keep_an_export_from_being_described() {
    let desk = tempfile::tempdir().unwrap();
    let rows = "time,host,load\n2026-03-02T09:00:00Z,a,1\n2026-03-02T09:05:00Z,a,2\n2026-03-02T09:05:00Z,a,7\n";
    fs::write(desk.path().join("a.csv"), rows).unwrap();
    let (code, told) = plimsoll(desk.path(), &["inspect", "a.csv"]);
    assert_eq!(code, Some(3), "{told}");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "a.csv is a table",
        "line 4: samples repeated with another value: the first is shown here, and `ingest` refuses them",
        "1. Which of two values at one instant holds? The first is taken here. (--on-duplicate first)",
        "error[ingest/conflicting-duplicates]: a.csv:4",
    ] {
        assert!(words.contains(part), "{part} is not in: {words}");
    }
    let (code, told) = plimsoll(desk.path(), &["inspect", "a.csv", "--on-duplicate", "last"]);
    assert!(code == Some(0) && told.contains("the last is") && !told.contains("Which of two values"), "{told}");
}

#[test]
fn columns_that_no_pool_is_asked_for_have_no_source() {
    let desk = tempfile::tempdir().unwrap();
    let row = |at: u32| format!("2026-03-02T{at:02}:00:00Z,2026-03-02T{at:02}:30:00Z,{},{},500,True\n", 300 + at, 18 + at);
    let rows: String = (0..10).map(row).collect();
    fs::write(desk.path().join("a.csv"), format!("time,local,used,temperature_c,capacity,holiday\n{rows}")).unwrap();
    let (code, told) = plimsoll(desk.path(), &["inspect", "a.csv"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(told.matches("[[source]]").count(), 1, "{told}");
    assert!(told.contains("# `temperature_c` has no source: rather what demand depends on than demand (a driver)."), "{told}");
    assert!(told.contains("# `capacity` has no source: capacity is what the units of the model have."), "{told}");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("columns are left out: `local` (another time), `holiday` (a flag)"), "{words}");
    // all that there is may be looked at
    fs::write(desk.path().join("b.csv"), "time,temperature\n2026-03-02T09:00:00Z,18\n2026-03-02T10:00:00Z,19\n").unwrap();
    assert!(plimsoll(desk.path(), &["inspect", "b.csv"]).1.contains("[[source]]"));
}

#[test]
fn a_check_that_ends_a_job_is_told_when_quiet_too() {
    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let run = |more: &[&str]| plimsoll(desk.path(), &[&["run", "mine", "--replications", "200"], more].concat());
    let (code, told) = run(&["--check", "--quiet"]);
    assert_eq!(code, Some(10), "{told}");
    assert!(told.starts_with("Check failed, the accepted risk is exceeded. As declared, web falls short in "), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(run(&["--quiet"]), (Some(0), String::new()));
    let unsure = ["run", "mine", "--set", "plan.risk=0.05", "--replications", "40", "--check", "--quiet"];
    let (code, told) = plimsoll(desk.path(), &unsure);
    assert_eq!(code, Some(11), "{told}");
    assert!(
        told.starts_with("Check without a verdict: too uncertain to say whether the accepted risk is kept with the orders"),
        "{told}"
    );
}

#[test]
fn a_single_pool_is_not_the_first_of_several_and_what_never_happens_has_no_odds() {
    let told = report("count = 1", "count = 1", |_, row| row.to_owned());
    assert!(told.contains("- web crosses its safe-load line, its redundancy kept in reserve: on "), "{told}");
    assert!(told.contains("**web has no room left for the failure that it must survive from around "), "{told}");
    assert!(!told.contains(" is first to "), "{told}");
    let told = report("count = 1", "count = 9", |_, row| row.to_owned());
    assert!(told.contains("- As declared, no pool falls short in any of 100 futures (accepted: 1 %)."), "{told}");
    assert!(
        told.contains(
            "**Without further orders no service falls short in any of 100 futures; about 1 in 100 (1 %) is accepted.**"
        ),
        "{told}"
    );
    assert!(
        told.contains("- without further orders: a month is short: **not in any of 100 futures** (0 % (95 % confidence: 0 % to "),
        "{told}"
    );
    assert!(told.contains("- Nothing has to be bought until ") && !told.contains("Of 1 plans"), "{told}");
    assert!(!told.contains("1 in 2,000"), "{told}");
}

#[test]
fn numbers_of_a_row_of_risk_are_in_their_own_units() {
    let told = report("count = 1", "count = 1", |_, row| row.to_owned());
    let heading = "| Method | It rests on [futures] | Counted against it [s.e.] |";
    let table = told.split_once(heading).unwrap_or_else(|| panic!("no {heading} in {told}")).1;
    let row = table.lines().find(|line| line.contains("| horizon | LOLP | % |")).unwrap();
    let rests: Vec<&str> = row.split('|').map(str::trim).collect();
    assert!(
        rests[10].strip_suffix(" futures").is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count <= 100)),
        "{row}"
    );
    assert!(told.contains("accepted is 1 %") && !told.contains("accepted is 1.0 %"), "{told}");
}

#[test]
fn gaps_that_are_bridged_are_told_and_so_is_that_a_store_settled_what_was_repeated() {
    // one hour of all hosts, and two hours of one
    let without = |at: usize, row: &str| if (2_002..2_005).contains(&at) { String::new() } else { row.to_owned() };
    let told = report("redundancy", "redundancy", without);
    assert!(told.contains("No duplicate, no reset and no gap but short ones was found; those are bridged."), "{told}");
    assert!(told.contains("3 steps without a value, in gaps of at most 2, lie on a straight line"), "{told}");
    let sound = report("redundancy", "redundancy", |_, row| row.to_owned());
    assert!(sound.contains("No gap, duplicate or reset was found.") && !sound.contains("bridged"), "{sound}");

    let desk = tempfile::tempdir().unwrap();
    plimsoll(desk.path(), &["init", "mine", "--quiet"]);
    let history = fs::read_to_string(desk.path().join("mine/cpu.csv")).unwrap();
    let last = history.lines().last().unwrap().to_owned();
    let (start, _) = last.rsplit_once(',').unwrap();
    fs::write(desk.path().join("mine/cpu.csv"), format!("{history}{start},9\n")).unwrap();
    let ingest = ["ingest", "mine/cpu.csv", "--unit", "cores", "--stat", "avg", "--on-duplicate", "last", "-o", "mine/store"];
    assert_eq!(plimsoll(desk.path(), &ingest).0, Some(0));
    let file = desk.path().join("mine/model.toml");
    let model = fs::read_to_string(&file).unwrap();
    let columns = "time = \"time\"\nentity = \"host\"\nvalue = \"cores\"\nsampled = \"average\"";
    fs::write(&file, model.replace("\"cpu.csv\"", "\"store\"").replace(columns, "entity = \"host\"")).unwrap();
    assert_eq!(plimsoll(desk.path(), &["run", "mine", "--quiet", "--replications", "40"]).0, Some(0));
    let told = fs::read_to_string(desk.path().join("runs/mine/latest/report.md")).unwrap();
    let settled = "What was repeated within an export was settled when `ingest` kept it in the store, and told then.";
    assert!(told.contains(&format!("No gap, duplicate or reset was found. {settled}")), "{told}");
}

#[test]
fn rows_that_are_there_twice_are_counted_and_no_warning() {
    let twice = |at: usize, row: &str| if at == 2_002 { format!("{row}\n{row}") } else { row.to_owned() };
    let told = report("redundancy", "redundancy", twice);
    assert!(told.contains("- Found and handled: 1 duplicate row."), "{told}");
    assert!(!told.contains("(watch) cpu{pool=\"web\"}"), "{told}");
}
