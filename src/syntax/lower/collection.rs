//! Collections: attributes, parts, calls, files.

use super::{Lower, all, child, first, has};
use crate::syntax::{
    grammar::{Pair, Rule},
    tree::{
        Attribute, AttributeWord, Body, Call, CallItem, Collection, CollectionItem, Discovered, EachResult, Element, Expr, ExprKind,
        FileSource, Follow, FormatName, Ident, Items, ListSource, MissingAs, Page, PageBy, PathText, Role, SinceBy, TypeName, Words,
    },
};

impl Lower<'_> {
    pub(super) fn collection(&mut self, pair: &Pair<'_>) -> Collection {
        let items = child(pair, Rule::collection_block).map(|block| self.each(&block, Self::collection_item)).unwrap_or_default();
        Collection { name: self.name(pair), items, span: self.span(pair) }
    }

    fn collection_item(&mut self, pair: &Pair<'_>) -> Option<CollectionItem> {
        Some(match pair.as_rule() {
            Rule::coll_key => {
                CollectionItem::Key(match all(pair, Rule::dotted_name).map(|name| self.names_of(&name)).collect::<Vec<_>>() {
                    names if names.is_empty() => vec![vec![self.no_name(pair)]],
                    names => names,
                })
            }
            Rule::coll_label => CollectionItem::Label(self.value(pair)),
            Rule::coll_changed => CollectionItem::Changed(self.name(pair)),
            Rule::coll_lists => CollectionItem::Lists { all: has(pair, Rule::k_all), span: self.span(pair) },
            Rule::coll_consistent => CollectionItem::ConsistentWithin { span_of_time: self.duration(pair), span: self.span(pair) },
            Rule::coll_requested_as => CollectionItem::RequestedAs(self.words(pair)),
            Rule::coll_at => CollectionItem::At(self.path(pair)),
            Rule::coll_written_at => CollectionItem::WrittenAt(self.path(pair)),
            Rule::attributes_stmt => {
                CollectionItem::Attributes(child(pair, Rule::attribute_block).map(|block| self.attributes(&block)).unwrap_or_default())
            }
            Rule::discovered_stmt => CollectionItem::Discovered(self.discovered(pair)),
            Rule::error_stmt => CollectionItem::Error(self.error_shape(pair)),
            Rule::outcome_stmt => CollectionItem::Outcome(self.outcome(pair)),
            Rule::query_stmt
            | Rule::header_stmt
            | Rule::call_items
            | Rule::call_item
            | Rule::call_total
            | Rule::call_page
            | Rule::call_since => CollectionItem::Line(self.call_item(pair)?),
            Rule::part_stmt => CollectionItem::Part(self.collection(pair)),
            Rule::call_stmt => CollectionItem::Call(self.call(pair)?),
            Rule::file_stmt => CollectionItem::File(self.file_source(pair)?),
            Rule::list_stmt => CollectionItem::List(self.list_source(pair)?),
            _ => CollectionItem::Broken(self.broken(pair)),
        })
    }

    fn list_source(&mut self, pair: &Pair<'_>) -> Option<ListSource> {
        let sql = child(pair, Rule::text_lit).and_then(|text| first(&text)).is_some_and(|text| text.as_rule() == Rule::text_raw);
        let mut values = self.values(pair).into_iter();
        Some(ListSource { of: values.next()?, sql, filter: values.next(), span: self.span(pair) })
    }

    fn file_source(&mut self, pair: &Pair<'_>) -> Option<FileSource> {
        let (format, options) = self.data_format(pair)?;
        let newest = child(pair, Rule::k_newest).map(|word| self.span(&word));
        Some(FileSource { file: self.value(pair), newest, format, options, span: self.span(pair) })
    }

    /// `FORMAT [{ OPTION = VALUE }]`
    fn data_format(&mut self, pair: &Pair<'_>) -> Option<(Ident, Vec<(Words, Expr)>)> {
        let format = child(pair, Rule::data_format)?;
        let options = match child(&format, Rule::record_lit).map(|options| self.expr(&options).kind) {
            Some(ExprKind::Record(members)) => members,
            _ => Vec::new(),
        };
        Some((self.name(&format), options))
    }

    pub(super) fn attributes(&mut self, block: &Pair<'_>) -> Vec<Attribute> {
        self.each(block, |lower, line| (line.as_rule() == Rule::attribute_line).then(|| lower.attribute(line)))
    }

    fn attribute(&mut self, pair: &Pair<'_>) -> Attribute {
        let said: Vec<Pair<'_>> = pair.clone().into_inner().collect();
        self.no_doubles(&said);
        self.no_repeats(&said);
        let words = said.iter().filter_map(|word| self.attribute_word(word)).collect();
        Attribute { name: self.name(pair), ty: self.type_name(pair), words, span: self.span(pair) }
    }

    fn attribute_word(&mut self, word: &Pair<'_>) -> Option<AttributeWord> {
        let span = self.span(word);
        Some(match word.as_rule() {
            Rule::attr_unique => AttributeWord::Unique(span),
            Rule::attr_read_only => AttributeWord::ReadOnly(span),
            Rule::attr_write_only => AttributeWord::WriteOnly(span),
            Rule::attr_create_only => AttributeWord::CreateOnly(span),
            Rule::attr_ignoring if has(word, Rule::k_case) => AttributeWord::IgnoringCase(span),
            Rule::attr_ignoring => AttributeWord::IgnoringOrder(span),
            Rule::attr_secret => AttributeWord::Secret(span),
            Rule::attr_public => AttributeWord::Public(span),
            Rule::attr_from_get => AttributeWord::FromGet(span),
            Rule::attr_opens => AttributeWord::Opens { when: self.value_under(word, Rule::attr_when), span },
            Rule::attr_closes => AttributeWord::Closes { when: self.value_under(word, Rule::attr_when), span },
            Rule::attr_up_to => AttributeWord::UpTo(self.number(word), span),
            Rule::attr_one_of => AttributeWord::OneOf(child(word, Rule::list_lit).map(|list| self.values(&list)).unwrap_or_default(), span),
            _ => return self.attribute_text(word),
        })
    }

    fn attribute_text(&mut self, word: &Pair<'_>) -> Option<AttributeWord> {
        Some(match word.as_rule() {
            Rule::attr_effect => AttributeWord::Effect(self.words(word)),
            Rule::attr_matches => AttributeWord::Matches(self.pattern(word)),
            Rule::attr_at => {
                let paths = self.paths(word);
                let (first, others) = paths.split_first()?;
                AttributeWord::At(first.clone(), others.to_vec(), self.value_under(word, Rule::absent_value))
            }
            Rule::attr_written_at => AttributeWord::WrittenAt(self.path(word)),
            Rule::attr_format => AttributeWord::Format(self.format_name(word)),
            Rule::attr_missing_as => AttributeWord::MissingAs(self.missing_as(word)),
            Rule::attr_requested_as => AttributeWord::RequestedAs(self.words(word)),
            _ => return None,
        })
    }

    /// `missing as VALUE,…`
    pub(super) fn missing_as(&mut self, pair: &Pair<'_>) -> MissingAs {
        let values: Vec<Pair<'_>> = all(pair, Rule::missing_value).collect();
        MissingAs { values: values.iter().map(|value| self.missing_value(value)).collect(), span: self.span(pair) }
    }

    fn missing_value(&mut self, pair: &Pair<'_>) -> serde_json::Value {
        match first(pair).map(|value| value.as_rule()) {
            Some(Rule::text_lit) => self.words(pair).text.into(),
            Some(Rule::empty_list) => serde_json::Value::Array(Vec::new()),
            _ => serde_json::from_str(pair.as_str().trim()).unwrap_or_default(),
        }
    }

    fn format_name(&mut self, word: &Pair<'_>) -> FormatName {
        let forms: Vec<Pair<'_>> = all(word, Rule::format_form).collect();
        FormatName { forms: forms.iter().map(|form| self.value(form)).collect(), zone: self.maybe_words(word), span: self.span(word) }
    }

    fn discovered(&mut self, pair: &Pair<'_>) -> Discovered {
        let mut found = Discovered {
            method: self.word(pair, Rule::http_method),
            path: self.template(pair),
            items: None,
            name: None,
            ty: None,
            types: Vec::new(),
            span: self.span(pair),
        };
        if let Some(block) = child(pair, Rule::discovered_block) {
            self.each(&block, |lower, line| lower.discovered_line(line, &mut found));
        }
        found
    }

    fn discovered_line(&mut self, line: &Pair<'_>, found: &mut Discovered) -> Option<()> {
        match line.as_rule() {
            Rule::found_items => found.items = self.maybe_path(line),
            Rule::found_name => found.name = self.maybe_path(line),
            Rule::found_type => {
                found.ty = self.maybe_path(line);
                found.types = child(line, Rule::found_block).map(|block| self.each(&block, Self::found_line)).unwrap_or_default();
            }
            _ => return None,
        }
        Some(())
    }

    fn found_line(&mut self, line: &Pair<'_>) -> Option<(Words, TypeName, PathText)> {
        (line.as_rule() == Rule::found_line).then(|| (self.words(line), self.type_name(line), self.path(line)))
    }

    fn call(&mut self, pair: &Pair<'_>) -> Option<Call> {
        let said = child(pair, Rule::call_role)?;
        let role = self.role(&said)?;
        Some(Call {
            for_each: child(&said, Rule::for_each).map(|clause| self.name(&clause)),
            each_of: child(&said, Rule::for_each).and_then(|clause| child(&clause, Rule::list_lit)).map(|list| self.values(&list)),
            shows: self.value_under(pair, Rule::call_where),
            ..self.call_of(pair, role)
        })
    }

    /// Where a call goes, and its lines.
    pub(super) fn call_of(&mut self, pair: &Pair<'_>, role: Role) -> Call {
        Call {
            role,
            for_each: None,
            each_of: None,
            shows: None,
            method: self.word(pair, Rule::http_method),
            path: self.template(pair),
            items: child(pair, Rule::call_block).map(|block| self.each(&block, Self::call_item)).unwrap_or_default(),
            span: self.span(pair),
        }
    }

    fn role(&self, role: &Pair<'_>) -> Option<Role> {
        Some(match first(role)?.as_rule() {
            Rule::k_list => Role::List,
            Rule::k_get => Role::Get,
            Rule::k_create => Role::Create,
            Rule::k_update => Role::Update,
            Rule::k_delete => Role::Delete,
            Rule::k_find => Role::Find(self.dotted(role)),
            _ => Role::Named(self.name(role)),
        })
    }

    pub(super) fn call_item(&mut self, pair: &Pair<'_>) -> Option<CallItem> {
        let span = self.span(pair);
        Some(match pair.as_rule() {
            Rule::query_stmt => CallItem::Query(self.line(pair)),
            Rule::header_stmt => CallItem::Header(self.line(pair)),
            Rule::call_items => CallItem::Items(Items { at: self.value(pair), element: self.element(pair) }),
            Rule::call_each => CallItem::Each(self.each_result(pair)?),
            Rule::call_item => CallItem::Item(self.value(pair)),
            Rule::call_total => CallItem::Total { at: self.value(pair), optional: has(pair, Rule::p_optional) },
            Rule::call_replaces => CallItem::Replaces(self.paths(pair)),
            Rule::call_secret => CallItem::Secret { name: self.name(pair), value: self.value(pair), span },
            Rule::call_key => CallItem::Key(self.value(pair)),
            Rule::call_follow => CallItem::Follow(self.follow(pair)?),
            Rule::call_page => CallItem::Page(self.page(pair)?),
            Rule::call_since => CallItem::Since(self.since_by(pair)?),
            Rule::call_body => CallItem::Body(self.body(&child(pair, Rule::body_made)?)?),
            Rule::call_never_repeat => CallItem::NeverRepeat(span),
            Rule::call_idempotent => CallItem::Idempotent(self.maybe_name(pair), span),
            Rule::error_stmt => CallItem::Error(self.error_shape(pair)),
            Rule::outcome_stmt => CallItem::Outcome(self.outcome(pair)),
            Rule::call_batch => CallItem::Batch { size: self.number(pair), by: self.maybe_name(pair), span },
            _ => CallItem::Broken(self.broken(pair)),
        })
    }

    fn follow(&mut self, pair: &Pair<'_>) -> Option<Follow> {
        let block = child(pair, Rule::follow_block)?;
        Some(Follow {
            method: self.nth(pair, 1),
            path: self.template(pair),
            every: self.duration_under(pair, Rule::follow_every),
            up_to: self.duration_under(pair, Rule::follow_up_to),
            items: self.each(&block, Self::call_item),
            span: self.span(pair),
        })
    }

    fn each_result(&mut self, pair: &Pair<'_>) -> Option<EachResult> {
        let mut values = all(pair, Rule::expr_value).map(|value| self.expr(&value)).collect::<Vec<_>>().into_iter();
        let (by, own) = (values.next()?, values.next()?);
        let path = self.path(pair);
        let items = Expr { span: path.span, kind: ExprKind::Path(path) };
        Some(EachResult { items, by, own, element: self.element(pair), span: self.span(pair) })
    }

    fn element(&mut self, pair: &Pair<'_>) -> Element {
        let mut made = Element::default();
        if let Some(block) = child(pair, Rule::each_block) {
            self.each(&block, |lower, line| lower.element_line(line, &mut made));
        }
        made
    }

    fn element_line(&mut self, line: &Pair<'_>, made: &mut Element) -> Option<()> {
        match line.as_rule() {
            Rule::call_item => made.item = Some(self.value(line)),
            Rule::call_key => made.key = Some(self.value(line)),
            Rule::each_status => made.status = Some(self.value(line)),
            Rule::error_stmt => made.errors.push(self.error_shape(line)),
            Rule::outcome_stmt => made.outcomes.push(self.outcome(line)),
            _ => return None,
        }
        Some(())
    }

    fn since_by(&mut self, pair: &Pair<'_>) -> Option<SinceBy> {
        let by = child(pair, Rule::since_by)?;
        Some(SinceBy { link: has(&by, Rule::k_link), mark: self.value(&by), span: self.span(pair) })
    }

    fn page(&mut self, pair: &Pair<'_>) -> Option<Page> {
        self.once(pair, Rule::page_from, "from");
        self.once(pair, Rule::page_size, "size");
        let by = child(pair, Rule::page_by)?;
        Some(Page {
            by: self.page_by(&by)?,
            from: child(pair, Rule::page_from).map(|clause| self.number(&clause)),
            size: child(pair, Rule::page_size).map(|clause| self.number(&clause)),
            span: self.span(pair),
        })
    }

    fn page_by(&mut self, by: &Pair<'_>) -> Option<PageBy> {
        Some(match first(by)?.as_rule() {
            Rule::k_offset => PageBy::Offset,
            Rule::k_number => PageBy::Number,
            Rule::k_link => PageBy::Link(self.value(by)),
            _ => PageBy::Cursor(self.value(by)),
        })
    }

    /// `[FORMAT [{ OPTION = VALUE }]] = EXPR`
    pub(super) fn body(&mut self, pair: &Pair<'_>) -> Option<Body> {
        let value = self.expr(&child(pair, Rule::expr_full)?);
        let (format, options) = self.data_format(pair).map_or_else(Default::default, |(format, options)| (Some(format), options));
        Some(Body { format, options, value, span: self.span(pair) })
    }
}
