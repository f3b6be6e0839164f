// Recursive descent: `or` binds least, then `and`, then `not`.
#include "inventory/query_parse.hpp"

#include "inventory/query_values.hpp"
#include "inventory/query_words.hpp"

namespace inventory {
namespace {

using namespace std::string_view_literals;
using TokenKind = Token::Kind;

constexpr std::size_t deepest = 100;  // nobody nests so; a query from a file must not exhaust the stack
constexpr std::string_view sample = "is(access_key) and last_access > 90d";

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens_of(text)) {}

  Query query() {
    if (peek().kind == TokenKind::end) {
      fail(peek(), "it is empty", "say which keys: idle > 90d, or never_used and age > 90d");
    }
    const Condition key = disjunction();
    if (peek().kind != TokenKind::arrow) return Query{key};
    next();
    about_ = About::user;
    if (at_end_of_condition()) fail(peek(), "something about the user must stand behind <--", "<-- is(user)");
    return Query{all({key, disjunction()})};
  }

  // Nothing may follow.
  void finish() {
    const Token& token = peek();
    switch (token.kind) {
      case TokenKind::end: return;
      case TokenKind::close: fail(token, "this ) closes nothing", "leave it out, or open it");
      case TokenKind::pipe:
        fail(token, "a | with what to do belongs to `keybaton search`",
             "with `keybaton keys` there is --count-by FIELD");
      case TokenKind::arrow:
        fail(token, "<-- stands once, from the key to its user", std::string(sample) + " <-- is(user)");
      default: fail_at_surplus(token);
    }
  }

  Search search() {
    if (is_keyword(peek(), "search") && peek(1).kind != TokenKind::compare) next();
    if (peek().kind == TokenKind::pipe) {
      fail(peek(), "a condition is missing before the |", "is(access_key) | count user");
    }
    Search search{.query = query()};
    if (peek().kind == TokenKind::pipe) {
      next();
      command(search);
      if (peek().kind == TokenKind::pipe)
        fail(peek(), "one command behind a | is the end of a search", "leave out the rest");
      if (peek().kind != TokenKind::end) {
        fail(peek(), "nothing may follow the command behind the |", "conditions stand before the |");
      }
    }
    finish();
    return search;
  }

 private:
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool take(TokenKind kind) { return peek().kind == kind && (next(), true); }
  bool take_keyword(std::string_view keyword) { return is_keyword(peek(), keyword) && (next(), true); }

  [[noreturn]] static void fail(const Token& token, std::string message, std::string fits) {
    throw BadQuery({.at = token.at, .length = token.length, .message = std::move(message), .fits = std::move(fits)});
  }

  [[nodiscard]] bool at_end_of_condition() const {
    const TokenKind kind = peek().kind;
    return kind == TokenKind::end || kind == TokenKind::pipe || kind == TokenKind::arrow;
  }

  [[noreturn]] static void fail_at_surplus(const Token& token) {
    if (token.kind == TokenKind::word && (token.text == "sort" || token.text == "limit")) {
      fail(token, "\"" + token.text + "\" is not known in a search", "keybaton keys --where 'QUERY' --sort FIELD");
    }
    fail(token, "`and` or `or` is missing before \"" + token.text + "\"",
         "join conditions by and, or; put a value that has blanks in quotes");
  }

  void command(Search& search) {
    const Token& token = next();
    if (token.kind == TokenKind::pipe)
      fail(token, "there are two | in a row", "one | stands before count or clean; conditions are joined by or");
    if (token.kind == TokenKind::word && token.text == "clean") {
      search.then = Search::Then::clean;
    } else if (token.kind == TokenKind::word && token.text == "count") {
      search.then = Search::Then::count;
      if (peek().kind == TokenKind::word) search.by = field_of(next(), about_);
    } else {
      throw BadQuery({.at = token.at,
                      .length = token.length,
                      .message = token.kind == TokenKind::end
                                     ? "what to do is missing behind the |"
                                     : "\"" + token.text + "\" is nothing that a search can do",
                      .fits = "| count FIELD and | clean are known",
                      .found = token.text,
                      .known = {"count", "clean"}});
    }
  }

  Condition disjunction() {
    std::vector<Condition> parts{conjunction()};
    while (take_keyword("or")) parts.push_back(conjunction());
    return any(std::move(parts));
  }

  Condition conjunction() {
    std::vector<Condition> parts{negated()};
    while (take_keyword("and")) parts.push_back(negated());
    return all(std::move(parts));
  }

  Condition negated() {
    const Token& token = peek();
    const bool deeper = token.kind == TokenKind::open || is_keyword(token, "not");
    if (!deeper) return single();
    if (++depth_ > deepest) {
      fail(token, "it nests deeper than " + std::to_string(deepest) + " levels",
           "flatten it: a list says many names at once");
    }
    next();
    Condition condition = token.kind == TokenKind::open ? parenthesis(token) : negation(negated());
    --depth_;
    return condition;
  }

  Condition parenthesis(const Token& open) {
    Condition condition = disjunction();
    if (take(TokenKind::close)) return condition;
    if (at_end_of_condition()) fail(open, "this ( is never closed", "close it, or leave it out");
    fail_at_surplus(peek());
  }

  Condition single() {
    const Token& first = peek();
    if (at_end_of_condition() || first.kind == TokenKind::close || is_any_keyword(first)) {
      const std::string before = first.kind == TokenKind::end ? "at the end" : "before \"" + first.text + "\"";
      fail(first, "a condition is missing " + before, "idle > 90d is one");
    }
    if (first.kind != TokenKind::word && first.kind != TokenKind::quoted) {
      fail(first, "a field comes first, not \"" + first.text + "\"", "write it as in age > 90d");
    }
    if (first.text == "is" && peek(1).kind == TokenKind::open) return kind();
    next();
    return comparison(first);
  }

  Condition kind() {
    next(), next();
    const Token& named = next();
    if (named.kind != TokenKind::word)
      fail(named, "is() wants a kind", about_ == About::key ? "is(access_key)" : "is(user)");
    if (peek().kind != TokenKind::close)
      fail(peek(), "is() takes one kind and a )", about_ == About::key ? "is(access_key)" : "is(user)");
    next();
    return kind_condition(named, about_);
  }

  Condition comparison(const Token& named) {
    Typed typed{.field = field_of(named, about_), .named = named};
    const Token& mark = peek();
    const bool not_in = is_keyword(mark, "not") && is_keyword(peek(1), "in");
    if (mark.kind != TokenKind::compare && !not_in && !is_keyword(mark, "in")) {
      if (kind_of(typed.field) == Kind::flag) return one({typed.field, Compare::equal, true});
      fail(mark, "a comparison is missing behind " + named.text, "write it as in " + example(typed));
    }
    next();
    if (not_in) next();
    typed.mark = mark;
    if (not_in) typed.mark.length = tokens_[at_ - 1].at + tokens_[at_ - 1].length - mark.at;
    const bool inverse = mark.text == "!~";
    typed.compare = not_in ? Compare::not_in : inverse ? Compare::matches : compare_of(mark);
    refuse_comparison_that_does_not_fit(typed);
    const bool listed = typed.compare == Compare::in || typed.compare == Compare::not_in;
    Condition condition =
        one({typed.field, typed.compare, listed ? operand_of(typed, list(typed)) : operand_of(typed, value(typed))});
    return inverse ? negation(std::move(condition)) : condition;
  }

  static Compare compare_of(const Token& mark) {
    return is_keyword(mark, "in") ? Compare::in : *rotation::parse_word<Compare>(mark.text);
  }

  const Token& value(const Typed& typed) {
    const Token& token = peek();
    if (token.kind == TokenKind::list_open) {
      fail(token, "one value is compared by " + typed.mark.text + "; a list goes with in",
           "write it as in " + example(typed));
    }
    if ((token.kind != TokenKind::word && token.kind != TokenKind::quoted) || is_any_keyword(token)) {
      const std::string why =
          is_any_keyword(token) ? "; to mean the word \"" + token.text + "\", put it in quotes" : "";
      fail(token, "a value is missing behind " + typed.mark.text + why, "write it as in " + example(typed));
    }
    return next();
  }

  std::vector<Token> list(const Typed& typed) {
    const Token& open = peek();
    if (!take(TokenKind::list_open)) fail(open, "a list belongs here, in [ ]", "write it as in " + example(typed));
    if (peek().kind == TokenKind::list_close) {
      fail(open, "this list is empty, and would spare or find nothing", "write it as in " + example(typed));
    }
    std::vector<Token> values;
    Typed each = typed;
    do {
      each.mark.text = values.empty() ? "[" : ",";
      values.push_back(value(each));
    } while (take(TokenKind::comma));
    if (take(TokenKind::list_close)) return values;
    if (at_end_of_condition()) fail(open, "this [ is never closed", "write it as in " + example(typed));
    fail(peek(), "a , or a ] is missing before \"" + peek().text + "\"", "write it as in " + example(typed));
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0, depth_ = 0;
  About about_ = About::key;
};

}  // namespace

Query parse_query(std::string_view text) {
  Parser parser{text};
  Query query = parser.query();
  parser.finish();
  return query;
}

Search parse_search(std::string_view text) { return Parser{text}.search(); }

}  // namespace inventory
