//! Tables as people keep them.

use super::rows::gaps;
use super::{Observation, Read, Reading, RowProblem, TableShape, read};

fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    (lines.next().expect("a header"), lines.collect())
}

fn read_text(text: &str, reading: &Reading) -> Result<Read, Vec<RowProblem>> {
    let (header, rows) = table(text);
    read(&header, &rows, reading)
}

#[test]
fn drives_with_a_day_of_installation_and_of_failure() {
    let text = "drive,node,installed,failed\na,n,2022-01-01,2022-01-11\nb,n,2022-01-06,\nc,n,2021-12-27,2021-12-30";
    let reading = Reading {
        observed_from: Some("2022-01-01".to_owned()),
        observed_until: Some("2022-01-21".to_owned()),
        ..Reading::default()
    };
    let seen = read_text(text, &reading).unwrap();
    assert_eq!(seen.shape, TableShape::Lives);
    // c failed before the watch began: a unit like it would not be in the data
    assert_eq!(seen.observed.time_to_failure, [Observation::failed(240.0), Observation::alive(360.0)]);
    assert!(seen.notes.is_empty(), "{:?}", seen.notes);
}

#[test]
fn incidents_give_repairs_and_the_times_between() {
    let text = "service,start_s,end_s,severity\na,0,3600,1\na,7200,10800,1\na,9000,14400,0\nb,100,,1";
    let reading = Reading { observed_until: Some("21600".to_owned()), ..Reading::default() };
    let seen = read_text(text, &reading).unwrap();
    assert_eq!(seen.observed.time_to_failure, [Observation::failed(1.0), Observation::alive(2.0)]);
    let repairs: Vec<f64> = seen.observed.repair.iter().map(Observation::until).collect();
    assert_eq!(repairs, [1.0, 1.0, 1.5, 21_500.0 / 3600.0]);
    assert!(!seen.observed.repair[3].has_failed());
    assert!(seen.notes[0].starts_with("1 incidents began while another"), "{:?}", seen.notes);
}

#[test]
fn a_row_a_day_gives_lives_known_from_an_age_on() {
    let text = "date,serial_number,model,failure,smart_9_raw\n2024-01-01,x,m,0,1000\n2024-01-02,x,m,0,1024\n\
                2024-01-03,x,m,1,\n2024-01-01,y,m,0,10\n2024-01-03,y,m,0,58";
    let seen = read_text(text, &Reading::default()).unwrap();
    assert_eq!(
        seen.observed.time_to_failure,
        [Observation::failed(1_060.0).from_age(1_000.0), Observation::alive(70.0).from_age(10.0)]
    );
}

#[test]
fn durations_carry_their_unit_and_whether_they_ended() {
    let seen = read_text("duration_min,event\n90,1\n30,0", &Reading::default()).unwrap();
    assert_eq!(seen.observed.time_to_failure, [Observation::failed(1.5), Observation::alive(0.5)]);
    let seen = read_text("lifetime_days,censored,entry_days\n3,no,1\n2,1,", &Reading::default()).unwrap();
    assert_eq!(seen.observed.time_to_failure, [Observation::failed(72.0).from_age(24.0), Observation::alive(48.0)]);
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "service,started_at,resolved_at\na,2024-01-01T00:00Z,2023-12-31\nb,yesterday,2024-01-02\nc,2024-01-01,2024-01-02";
    let told: Vec<String> = read_text(text, &Reading::default()).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "row 1, column `resolved_at`: seen `2023-12-31`, expected a moment after the start, or nothing",
            "row 2, column `started_at`: seen `yesterday`, expected an ISO date or time, such as 2024-05-01T12:30Z",
        ]
    );
    let kept = read_text(text, &Reading { set_aside: true, ..Reading::default() }).unwrap();
    assert_eq!((kept.observed.repair.len(), kept.problems.len()), (1, 2));
}

#[test]
fn columns_that_are_not_there_are_told_with_those_that_are() {
    let told = read_text("a,b\n1,2", &Reading::default()).unwrap_err();
    assert!(told[0].to_string().starts_with("header, column `a, b`: seen no columns that say when something failed"));
    let reading = Reading { component: vec!["rack".to_owned()], ..Reading::default() };
    let told = read_text("service,start_s,end_s\na,0,1", &reading).unwrap_err();
    assert_eq!(told[0].to_string(), "header, column `rack`: seen no such column, expected one of service, start_s, end_s");
}

#[test]
fn an_incident_that_nobody_closed_hides_the_next_gap_only() {
    let mut seen = Vec::new();
    gaps(&[(1.0, None), (5.0, Some(6.0)), (9.0, Some(10.0))], Some(0.0), None, &mut seen);
    assert_eq!(seen, [Observation::failed(1.0), Observation::failed(3.0)]);
}
