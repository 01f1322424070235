//! Every diagnostic code with its page, `docs/codes/CODE.md`: what `explain`, the reference and SARIF say about it.
//!
//! A code never changes its meaning. To add one, write its page and put the code into the list below.

/// What `explain` says about a code, and what the check has to know of it. The parts of the page are cut out of its Markdown when they
/// are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub code: &'static str,
    /// The whole page as Markdown.
    pub markdown: &'static str,
    pub traits: &'static [Trait],
}

/// What is true of every error with a code, and decides how the errors around it are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// A line could not be parsed, so what it declares is unknown.
    Unparsed,
    /// How something is written is wrong, and what it means is known.
    Understood,
    /// The file could not be divided into its blocks with certainty: a brace is missing, or one too many.
    Unbalanced,
    /// A name is declared nowhere; a line that could not be parsed may declare it.
    UnknownName,
    /// A word that is none of those of the language is near to one of them.
    Spelling,
    /// The name is one that a file gives for itself, as an alias, a field, a setting or a table has; not one of a system or a pipeline.
    OwnName,
    /// `map` lacks something that a later edit of the file may add.
    UnfinishedMap,
    /// A system may know the name, but was not asked yet.
    Undiscovered,
    /// Something is missing in the statement that the error points at.
    MissingInStatement,
    /// Something is missing in the system, the pipeline or the test around it.
    MissingInItem,
    /// Something is missing in what is declared at the second place of the error.
    MissingInDeclaration,
}

macro_rules! pages {
    ($($code:ident $([$($of:ident)+])?)*) => {
        &[$(Page {
            code: stringify!($code),
            markdown: include_str!(concat!("../../docs/codes/", stringify!($code), ".md")),
            traits: &[$($(Trait::$of),+)?],
        }),*]
    };
}

const PAGES: &[Page] = pages! {
    E0101[Unparsed] E0102[Unparsed Unbalanced] E0103[Unparsed Unbalanced] E0104[Unparsed] E0105[Unparsed] E0106[Understood Unbalanced] E0107[Understood]
    E0108[Unparsed] E0109[Understood] E0110[Unparsed]
    E0201[UnknownName] E0202[UnknownName] E0203[UnknownName Undiscovered] E0204[UnknownName OwnName] E0205[UnknownName OwnName] E0206[UnknownName OwnName] E0207[Spelling]
    E0208[UnknownName] E0209[UnknownName OwnName] E0210 E0211 E0212 E0213[Spelling] E0214 E0215 E0216 E0217[UnknownName] E0218[Undiscovered]
    E0301 E0302 E0303 E0304 E0305 E0306[MissingInStatement] E0308 E0310 E0311[MissingInStatement]
    E0312[MissingInStatement UnfinishedMap Undiscovered] E0313[MissingInItem] E0314 E0315 E0316[MissingInStatement]
    E0317[MissingInStatement] E0318 E0319 E0320
    E0401[MissingInItem MissingInDeclaration] E0402 E0403 E0404[MissingInItem] E0405[MissingInDeclaration] E0406 E0407[MissingInItem] E0408 E0409 E0410
    E0411[MissingInDeclaration] E0412[MissingInDeclaration] E0413 E0414[MissingInItem UnfinishedMap Undiscovered] E0415[MissingInStatement]
    E0416 E0417 E0418 E0419 E0420[MissingInDeclaration UnfinishedMap] E0421 E0422 E0423 E0424[MissingInDeclaration] E0425 E0426
    E0501[MissingInStatement] E0502[MissingInStatement] E0503[MissingInStatement] E0505 E0506[Spelling] E0508[MissingInStatement] E0509 E0510 E0511 E0513
    E0514 E0515 E0516 E0518 E0519 E0520 E0521 E0522 E0524 E0525 E0526 E0527 E0530 E0531 E0532 E0533 E0534 E0540 E0541 E0542 E0545 E0550 E0551 E0552
    E0553 E0554 E0555 E0556 E0560 E0561 E0570 E0571 E0572 E0573 E0580 E0581 E0590 E0591
    E0592 E0593
    E0601 E0602 E0603 E0604 E0605 E0609
    E0701 E0702 E0703 E0704 E0705 E0706 E0707[UnknownName] E0708 E0709 E0710 E0711 E0712
    E0901
    L0701[MissingInItem] L0702[MissingInDeclaration] L0703 L0704 L0705 L0706 L0710 L0711 L0712 L0713
    R0201 R0202 R0203 R0204 R0205 R0206 R0207 R0208 R0210 R0211 R0212 R0213 R0214 R0215 R0216 R0217 R0218 R0219
    R0301 R0302 R0303 R0305 R0306 R0307
    R0901 R0903 R0904 R0905 R0906 R0907 R0999
    W0901 W0902 W0903 W0904 W0905 W0906 W0907 W0908 W0909 W0910
};

impl Page {
    /// One line, from the heading `# E0311: a value may be missing`.
    #[must_use]
    pub fn title(self) -> &'static str {
        let heading = self.markdown.lines().next().unwrap_or_default();
        heading.split_once(": ").map_or(heading, |(_, title)| title)
    }

    /// What the code means: the text below the heading.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        let below = self.markdown.split_once('\n').map_or("", |(_, below)| below);
        below.split("\n## ").next().unwrap_or_default().trim()
    }

    /// How to get rid of it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.section("What to do")
    }

    /// An example that is answered with the code; empty where no file shows it.
    #[must_use]
    pub fn wrong(self) -> &'static str {
        fenced(self.section("Wrong"))
    }

    /// The same example, corrected.
    #[must_use]
    pub fn right(self) -> &'static str {
        fenced(self.section("Right"))
    }

    fn section(self, heading: &str) -> &'static str {
        let sections = self.markdown.split("\n## ").skip(1);
        sections.filter_map(|section| section.split_once('\n')).find(|(name, _)| *name == heading).map_or("", |(_, text)| text.trim())
    }
}

/// The text inside a fenced code block.
fn fenced(section: &'static str) -> &'static str {
    let inside = section.strip_prefix("```sync\n").unwrap_or_default();
    inside.strip_suffix("\n```").unwrap_or(inside)
}

/// All pages, by code.
pub fn all() -> impl Iterator<Item = Page> {
    PAGES.iter().copied()
}

/// The page of a code, in either case of its letter.
#[must_use]
pub fn page(code: &str) -> Option<Page> {
    all().find(|page| page.code.eq_ignore_ascii_case(code))
}
