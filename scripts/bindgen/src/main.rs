//! `wasm-bindgen --target bundler --no-typescript --out-dir FOLDER --out-name bearerkit FILE`, and nothing else.
use std::env::args;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let given: Vec<String> = args().skip(1).collect();
    match given.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--version"] => println!("bearerkit-bindgen {}", env!("CARGO_PKG_VERSION")),
        [wasm, folder] => {
            if let Err(error) = bind(wasm, folder) {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("usage: bearerkit-bindgen FILE.wasm FOLDER");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn bind(wasm: &str, folder: &str) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    let bound = bindgen.input_path(wasm).out_name("bearerkit").typescript(false).bundler(true);
    bound.and_then(|bindgen| bindgen.generate(folder)).map_err(|error| format!("{error:#}"))
}
