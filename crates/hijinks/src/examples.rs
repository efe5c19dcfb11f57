//! `hijinks examples`: the recipes, which are whole scripts, each tested against a real program.

use anstyle::{AnsiColor, Style};

use crate::cli;
use crate::output::Output;
use crate::report::Failure;

/// A script of `recipes/`.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// The file's name without `.rb`.
    pub name: &'static str,
    /// What it is for, in a line.
    pub purpose: &'static str,
    /// How it is used.
    pub usage: &'static str,
    /// The script.
    pub text: &'static str,
}

macro_rules! recipes {
    ($($name:literal, $purpose:literal, $usage:literal;)*) => {
        &[$(Recipe {
            name: $name,
            purpose: $purpose,
            usage: $usage,
            text: include_str!(concat!("../../../recipes/", $name, ".rb")),
        }),*]
    };
}

/// Every recipe, in the order in which they teach.
pub const RECIPES: &[Recipe] = recipes! {
    "eatmydata", "an fsync that costs nothing", "hijinks run eatmydata.rb -- apt-get install ...";
    "rot13", "all that a program prints, in rot13", "hijinks run rot13.rb -- cat README.md";
    "gem_audit", "what an installer runs, contacts, writes and deletes", "hijinks run gem_audit.rb -- gem install rake";
    "chaos", "a disk that lies, a network that stalls", "hijinks run chaos.rb -- ./server";
    "flaky_api", "a host that refuses every now and then", "hijinks run flaky_api.rb -- ./client";
    "truncate", "nobody empties my logs", "hijinks run truncate.rb -- ./deploy.sh";
    "tally", "what is opened, what is missing, where the bytes go", "hijinks run tally.rb -- make";
    "leaks", "descriptors left open, and who opened them", "hijinks run leaks.rb -- ./program";
    "redact", "secrets never reach the terminal, the log or the wire", "hijinks run redact.rb -- ./deploy.sh";
    "doorman", "asks before each connection", "hijinks run doorman.rb -- curl localhost";
    "slow", "which reads are slow, now", "hijinks attach 4242 slow.rb";
};

/// Lists the recipes, or prints one as it can be saved and run.
///
/// # Errors
/// [`Failure::Usage`] for a name that is no recipe's.
pub fn run(options: &cli::Examples) -> Result<i32, Failure> {
    let mut out = Output::stdout(cli::Colour::Auto);
    match options.name.as_deref().map(|name| name.trim_end_matches(".rb")) {
        None => {
            let bold = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
            for recipe in RECIPES {
                let name = out.paint(bold, &format!("{:<12}", recipe.name));
                let usage = out.paint(Style::new().dimmed(), recipe.usage);
                out.line(&format!("{name} {:<55} {usage}", recipe.purpose))?;
            }
            out.line("")?;
            out.line("hijinks examples NAME prints a script; `> NAME.rb` keeps it.")?;
        }
        Some(name) => match RECIPES.iter().find(|recipe| recipe.name == name) {
            Some(recipe) => out.bytes(recipe.text.as_bytes())?,
            None => {
                let names: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
                return Err(Failure::usage(
                    format!("no recipe is called `{name}`"),
                    Some(format!("there are: {}", names.join(", "))),
                ));
            }
        },
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_in_the_folder_is_shown() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".rb").map(str::to_owned))
            .collect();
        let mut shown: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
        files.sort();
        shown.sort_unstable();
        assert_eq!(files, shown);
    }
}
