fn main() {
    for path in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let mut r = sublevel::certificate::open(&path).unwrap();
        while r.next_record().unwrap().is_some() {}
        let read = t.elapsed();
        let t = std::time::Instant::now();
        let v = sublevel::checker::check(sublevel::certificate::open(&path).unwrap(), &Default::default(), &mut |_| {});
        println!("{path}: read {read:?} check {:?}\n{v}", t.elapsed());
    }
}
