//! `mode`: written in the file, or chosen by a setting.

use super::Checking;
use crate::check::model::{
    Setting, SettingId,
    expr::ExprKind,
    pipeline::{Mode, ModeChoice},
};
use crate::{
    diagnose::Diagnostic,
    syntax::tree::{self, ModeName},
    value::{Kind, Value},
};

impl Checking<'_> {
    pub fn mode(&self) -> Option<ModeChoice> {
        let (mode, _) = self.statements.mode?;
        Some(ModeChoice::Fixed(match mode {
            ModeName::CreateAndUpdate => Mode::CreateAndUpdate,
            ModeName::Create => Mode::Create,
            ModeName::Update => Mode::Update,
            ModeName::Append => Mode::Append,
            ModeName::Setting(setting) => return self.mode_setting(setting),
        }))
    }

    fn mode_setting(&self, written: &tree::Expr) -> Option<ModeChoice> {
        let expr = self.typing().expr(written);
        let ExprKind::Setting(id) = expr.kind else { return None };
        let setting = self.setting(&id)?;
        let words: Vec<_> = setting.choices.iter().filter_map(Value::as_text).collect();
        let strange = words.iter().find(|word| Mode::of_words(word).is_none());
        if words.is_empty() || strange.is_some() || setting.ty.kind != Kind::Text {
            let message = strange.map_or_else(
                || format!("`{}` may be any text, and a mode is one of three", id.name),
                |word| format!("`{word}` is not a mode"),
            );
            let help = "give the setting `one of [\"create and update\", \"create\", \"update\"]`";
            self.env.report.say(Diagnostic::error("E0413", written.span, message).related(setting.span, "declared here").help(help));
        }
        Some(ModeChoice::Setting(id))
    }

    fn setting(&self, id: &SettingId) -> Option<&Setting> {
        let own = self.draft.settings.iter().chain(self.env.settings.iter());
        own.into_iter().find(|setting| setting.name == id.name)
    }
}
