//! What is read is printed so that it is read as the same; nothing that is typed makes the reader panic.

use proptest::prelude::*;

use super::super::ast::{Call, Expr, Kind, Name, Of, Op, Pools};
use super::super::parser::{DEEPEST, parse};
use super::*;

fn placed(kind: Kind) -> Expr {
    Expr { kind, span: 0..0 }
}

/// The same without places.
fn unplaced(expr: &Expr) -> Expr {
    let name = |name: &Name| Name { text: name.text.clone(), span: 0..0 };
    let boxed = |of: &Expr| Box::new(unplaced(of));
    placed(match &expr.kind {
        Kind::Not(of) => Kind::Not(boxed(of)),
        Kind::Negative(of) => Kind::Negative(boxed(of)),
        Kind::Binary(op, left, right) => Kind::Binary(*op, boxed(left), boxed(right)),
        Kind::Pools(pools) => {
            Kind::Pools(Pools { scenario: pools.scenario.as_ref().map(name), every: pools.every, body: boxed(&pools.body) })
        }
        Kind::Call(call) => Kind::Call(Call {
            scenario: call.scenario.as_ref().map(name),
            of: if let Of::Pool(pool) = &call.of { Of::Pool(name(pool)) } else { call.of.clone() },
            function: name(&call.function),
            arguments: call.arguments.iter().map(unplaced).collect(),
        }),
        other => other.clone(),
    })
}

fn any_name() -> impl Strategy<Value = Name> {
    // plain, with hyphens, words of the language, and what must be quoted
    let text = prop_oneof!["[a-z_][a-z0-9_]{0,5}(-[a-z0-9]{1,3})?", Just("pool".to_owned()), Just("not".to_owned()), ".{0,6}"];
    text.prop_map(|text| Name { text, span: 0..0 })
}

fn any_expr() -> impl Strategy<Value = Expr> {
    let number = prop_oneof![0.0..1.0, 0.0..1e15, Just(1e-9), (0_u32..1000).prop_map(f64::from)];
    let leaf = prop_oneof![
        number.clone().prop_map(Kind::Number),
        number.prop_map(Kind::Days),
        ".{0,8}".prop_map(Kind::Text),
        any::<bool>().prop_map(Kind::Truth),
        Just(Kind::Null),
    ];
    leaf.prop_map(placed).prop_recursive(6, 48, 3, |inner| {
        let of = prop_oneof![Just(Of::Report), any_name().prop_map(Of::Pool), Just(Of::Unnamed)];
        let function = "[a-z_]{3,8}x".prop_map(|text| Name { text, span: 0..0 });
        let call = (proptest::option::of(any_name()), of, function, prop::collection::vec(inner.clone(), 0..3)).prop_map(
            |(scenario, of, function, arguments)| {
                let scenario = scenario.filter(|_| matches!(of, Of::Pool(_)));
                Kind::Call(Call { scenario, of, function, arguments })
            },
        );
        let pools = (proptest::option::of(any_name()), any::<bool>(), inner.clone())
            .prop_map(|(scenario, every, body)| Kind::Pools(Pools { scenario, every, body: Box::new(body) }));
        let op = prop::sample::select(Op::ALL.map(|(op, _)| op).to_vec());
        prop_oneof![
            (op, inner.clone(), inner.clone()).prop_map(|(op, a, b)| Kind::Binary(op, Box::new(a), Box::new(b))),
            inner.clone().prop_map(|of| Kind::Not(Box::new(of))),
            inner.prop_map(|of| Kind::Negative(Box::new(of))),
            call,
            pools,
        ]
        .prop_map(placed)
    })
}

/// Pieces of the language in any order: nearly conditions.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = [
        "pool",
        ".",
        "api",
        "\"check out\"",
        "p_shortfall_by",
        "order_by",
        "(",
        ")",
        "\"2027-03-31\"",
        "0.05",
        "5 %",
        "30 d",
        ">",
        "<=",
        "==",
        "null",
        "and",
        "or",
        "not",
        "-",
        "any_pool",
        "exhaustion",
        ",",
        "today",
        "+",
        "*",
        "/",
        "scenario",
        "'",
        "report",
        "cost",
        "é",
        "1e400",
        "\\",
        "true",
        "\n",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_printed_is_read_as_the_same(expr in any_expr()) {
        let text = expr.to_string();
        prop_assume!(text.len() <= super::super::lexer::LONGEST);
        let back = parse(&text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        prop_assert_eq!(unplaced(&back), expr, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place_in_it(text in prop_oneof!["(?s).{0,60}", nearly()]) {
        match read(&text) {
            Ok(gate) => prop_assert_eq!(&read(&gate.text).expect("it was printed").text, &gate.text),
            Err(refused) => {
                prop_assert!(!refused.faults.is_empty());
                for fault in &refused.faults {
                    prop_assert!(text.get(fault.span.clone()).is_some(), "{:?}", fault);
                }
                prop_assert!(refused.to_string().contains("error[gate/"));
            }
        }
    }
}

#[test]
fn places_are_those_of_the_text() {
    let text = "  not (1 + 2) * 3 == pool.api.cost";
    let expr = parse(text).unwrap();
    assert_eq!(&text[expr.span.clone()], text.trim());
    let Kind::Not(of) = &expr.kind else { panic!("{expr:?}") };
    let Kind::Binary(Op::Same, left, right) = &of.kind else { panic!("{of:?}") };
    assert_eq!((&text[left.span.clone()], &text[right.span.clone()]), ("(1 + 2) * 3", "pool.api.cost"));
}

#[test]
fn what_binds_more_is_done_first() {
    for (typed, meant) in [
        ("1 + 2 * 3 == 7 and not true or false", "(((1 + (2 * 3)) == 7) and (not true)) or false"),
        ("not 1 < 2", "not (1 < 2)"),
        ("-1 - -2 - 3 < 4 / 5 / 6", "((-1) - (-2) - 3) < ((4 / 5) / 6)"),
        ("true or false and false", "true or (false and false)"),
    ] {
        assert_eq!(parse(typed).map(|e| unplaced(&e)), parse(meant).map(|e| unplaced(&e)), "{typed}");
    }
    assert_ne!(parse("1 - (2 - 3)").map(|e| unplaced(&e)), parse("1 - 2 - 3").map(|e| unplaced(&e)));
}

#[test]
fn one_condition_has_one_text() {
    let one = "pool.api.p_shortfall_by(\"2027-03-31\") > 0.07 and any_pool(headroom(\"2027-03\", 0.1) < -2)";
    for typed in [
        one,
        "pool.\"api\" . p_shortfall_by('2027-03-31')>7% and any_pool((headroom('2027-03', 10%) < -2))",
        "((pool.api.p_shortfall_by(\"2027-03-31\")) > 0.07) and any_pool( headroom(\"2027-03\", 1e-1) < (-2) )",
    ] {
        assert_eq!(read(typed).unwrap().text, one);
    }
    assert_eq!(read("pool.api.order_by < today + 4w").unwrap().text, "pool.api.order_by < today + 28 d");
    assert_eq!(read("pool.'check out'.cost > 0").unwrap().text, "pool.\"check out\".cost > 0");
    assert_eq!(
        read("scenario.launch-2027.pool.api.p_shortfall > 0.5").unwrap().text,
        "scenario.launch-2027.pool.api.p_shortfall > 0.5"
    );
}

#[test]
fn depth_and_length_have_a_bound() {
    let deep = |open: &str, close: &str, n: usize| format!("{}true{}", open.repeat(n), close.repeat(n));
    for (text, slug) in [
        (deep("(", ")", 1_000), "gate/too-deep"),
        (deep("not ", "", 900), "gate/too-deep"),
        (format!("{}1 < 2", "-".repeat(4_000)), "gate/too-deep"),
        (vec!["true"; 400].join(" or "), "gate/too-deep"),
        (deep("any_pool(", ")", 300), "gate/too-deep"),
        (deep("f(", ")", 1_000), "gate/too-deep"),
        (" ".repeat(5_000), "gate/too-long"),
    ] {
        assert_eq!(read(&text).unwrap_err().faults[0].slug, slug, "{}", &text[..20]);
    }
    assert!(read(&deep("(", ")", DEEPEST - 1)).is_ok());
    assert!(read(&vec!["true"; DEEPEST].join(" or ")).is_ok());
}
