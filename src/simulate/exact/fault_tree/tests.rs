use super::{Element, FaultTree, Gate};
use crate::simulate::exact::Invalid;

#[track_caller]
fn close(seen: f64, expected: f64) {
    assert!((seen - expected).abs() <= 1e-12 * expected, "{seen} against {expected}");
}

#[track_caller]
fn top(text: &str) -> super::TopEvent {
    FaultTree::from_galileo(text).unwrap().solve(10_000).unwrap()
}

#[test]
fn a_priority_and_fails_only_from_left_to_right() {
    // P(both within t, B first) = ∫ b e^(−bx) (e^(−cx) − e^(−ct)) dx over 0..t
    let (b, c, t) = (0.4_f64, 0.7_f64, 3.0_f64);
    let pand = top("toplevel \"A\"; \"A\" pand \"B\" \"C\"; \"B\" lambda=0.4; \"C\" lambda=0.7;");
    let first = b / (b + c) * -(-(b + c) * t).exp_m1();
    close(pand.within(t).unwrap().met, first + (-c * t).exp() * (-b * t).exp_m1());
    assert!(pand.mttf().is_infinite(), "C may fail first");
}

#[test]
fn a_priority_or_fails_only_with_its_first_input_first() {
    let (b, c, t) = (0.4_f64, 0.7_f64, 3.0_f64);
    let por = top("toplevel A; A por B C; B lambda=0.4; C lambda=0.7;");
    close(por.within(t).unwrap().met, b / (b + c) * -(-(b + c) * t).exp_m1());
}

#[test]
fn a_dependency_fires_with_its_probability() {
    // A fails with B; C takes B down with probability 0.3: rate b + 0.3 c until C has failed, b after
    let tree = top("toplevel A; A or B; F pdep=0.3 C B; B lambda=0.5; C lambda=0.2;");
    // mean: 1/(b+c) + (c/(b+c)) × 0.7 × 1/b
    close(tree.mttf(), 1.0 / 0.7 + 0.2 / 0.7 * 0.7 / 0.5);
    let sure = top("toplevel A; A and B D; F fdep C B D; B lambda=0.5; D lambda=0.5; C lambda=0.2;");
    // two hot units and a common shock: 1/(2·0.5+0.2) + (1/1.2)/(0.5+0.2)
    close(sure.mttf(), 1.0 / 1.2 + 1.0 / 1.2 / 0.7);
}

#[test]
fn a_dependency_of_several_parts_fires_for_all_or_none() {
    let tree = top("toplevel A; A and B D; F pdep=0.5 C B D; B lambda=0; D lambda=0; C lambda=2;");
    let within = tree.within(1.0).unwrap();
    close(within.met, 0.5 * -(-2.0_f64).exp_m1());
}

#[test]
fn cold_spares_in_turn_are_an_erlang_time_and_hot_ones_a_parallel_group() {
    let spares = |dorm: &str| {
        top(&format!("toplevel A; A wsp B C D; B lambda=2 dorm={dorm}; C lambda=2 dorm={dorm}; D lambda=2 dorm={dorm};"))
    };
    close(spares("0").mttf(), 1.5);
    close(spares("1").mttf(), (1.0 + 1.0 / 2.0 + 1.0 / 3.0) / 2.0);
}

#[test]
fn parts_below_a_spare_that_is_not_in_use_are_dormant() {
    // the spare is a cold pair in series: 1/1 + 1/(2+2)
    let tree = top("toplevel A; A wsp B P; P or C D; B lambda=1 dorm=0; C lambda=2 dorm=0; D lambda=2 dorm=0;");
    close(tree.mttf(), 1.25);
}

#[test]
fn a_shared_cold_spare_goes_to_who_needs_it_first() {
    // both of B, C needed, one cold spare for either: two failures at rate 2
    let tree = top("toplevel A; A or B C; B csp I S; C csp J S; I lambda=1 dorm=0; J lambda=1 dorm=0; S lambda=1 dorm=0;");
    close(tree.mttf(), 1.0);
    // either suffices: fails with the third failure; two are at work until the second
    let either = top("toplevel A; A and B C; B csp I S; C csp J S; I lambda=1 dorm=0; J lambda=1 dorm=0; S lambda=1 dorm=0;");
    close(either.mttf(), 0.5 + 0.5 + 1.0);
}

#[test]
fn a_static_tree_is_the_sum_over_its_parts() {
    let tree = top("toplevel A; A 2of4 B C D E; B lambda=1; C lambda=1; D lambda=1; E lambda=1;");
    close(tree.mttf(), 1.0 / 4.0 + 1.0 / 3.0);
    assert_eq!(tree.states(), 6);
}

#[test]
fn a_part_that_can_no_longer_matter_makes_no_states() {
    // 3 pairs, each an OR: a pair is good or not, whatever becomes of its other part
    let tree = top("toplevel A; A and P Q R; P or P1 P2; Q or Q1 Q2; R or R1 R2;\
         P1 lambda=1; P2 lambda=1; Q1 lambda=1; Q2 lambda=1; R1 lambda=1; R2 lambda=1; // eight at most");
    assert_eq!(tree.states(), 8);
    close(tree.mttf(), (1.0 + 1.0 / 2.0 + 1.0 / 3.0) / 2.0);
}

#[test]
fn what_does_not_read_or_fit_is_told() {
    let told = |text: &str| FaultTree::from_galileo(text).unwrap_err().to_string();
    assert!(told("A and B C;").contains("no `toplevel`"));
    assert!(told("toplevel A; A and B C; B lambda=1;").contains("`C` is not declared"));
    assert!(told("toplevel A; A nand B; B lambda=1;").contains("cannot read `A nand B`"));
    assert!(told("toplevel A; A 2of3 B C; B lambda=1; C lambda=1;").contains("cannot read"));
    assert!(told("toplevel A; A and B; B and A;").contains("among its own inputs"));
    assert!(told("toplevel A; A and F; F fdep B C; B lambda=1; C lambda=1;").contains("is a constraint"));
    assert!(told("toplevel A; A lambda=1; A lambda=2;").contains("declared twice"));
    assert!(told("toplevel A; A lambda=-1;").contains("failure rate is -1"));
    assert!(told("toplevel \"A; A lambda=1").contains("not closed"));
    assert!(told("toplevel A; A lambda=1").contains("no `;`"));
    let five = Element::Gate(Gate::AtLeast(5), vec!["B".to_owned()]);
    let part = Element::Basic { rate: 1.0, dormancy: 1.0 };
    assert!(matches!(FaultTree::new("A", &[("A".into(), five), ("B".into(), part)]), Err(Invalid::FaultTree(_))));
    let many = "toplevel A; A and B C; B lambda=1; C lambda=2;";
    assert_eq!(FaultTree::from_galileo(many).unwrap().solve(2).err(), Some(Invalid::TooManyStates { limit: 2 }));
}
