#include "torchscript/literal.h"

#include <ctype.h>
#include <string.h>

#include "base/setting_value.h"

static bool is_digit(int c, int base)
{
    if (c == '_')
        return true;
    if (base == 16)
        return c >= 0 && isxdigit(c);
    return c >= '0' && c < '0' + base;
}

/* ---- numbers ---- */

static void fail_number(tb_lexer *lexer, const char *start, const char *why)
{
    size_t length = (size_t)(lexer->at - start);
    tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line, "'%.*s%s' %s.",
                  (int)(length > 40 ? 40 : length), start,
                  length > 40 ? "..." : "", why);
}

static void skip_digits(tb_lexer *lexer, int base)
{
    while (is_digit(tb_lexer_byte(lexer, 0), base))
        lexer->at++;
}

static int base_of(const tb_lexer *lexer)
{
    if (tb_lexer_byte(lexer, 0) != '0')
        return 10;
    switch (tb_lexer_byte(lexer, 1)) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 10;
    }
}

static int digit_value(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* A minus sign before it may make 2^63 a number. */
static void read_integer(tb_lexer *lexer, tb_token *token, const char *digits,
                         int base)
{
    const uint64_t most = (uint64_t)1 << 63;
    uint64_t sum = 0;
    int count = 0;
    token->kind = TB_TOKEN_INT;
    for (const char *c = digits; c < lexer->at; c++) {
        if (*c == '_')
            continue;
        uint64_t digit = (uint64_t)digit_value(*c);
        if (sum > (most - digit) / (uint64_t)base) {
            fail_number(lexer, token->start, "is too large for 64 bits");
            return;
        }
        sum = sum * (uint64_t)base + digit;
        count++;
    }
    if (count == 0)
        fail_number(lexer, token->start, "is not a number");
    else if (base == 10 && count > 1 && *digits == '0' && sum)
        fail_number(lexer, token->start,
                    "is not a number, for it begins with 0");
    token->integer = sum;
}

static void read_real(tb_lexer *lexer, tb_token *token, tb_token_kind kind)
{
    char text[64];
    size_t length = 0;
    const char *end = NULL;
    token->kind = kind;
    for (const char *c = token->start; c < lexer->at; c++) {
        if (length == sizeof text - 1) {
            fail_number(lexer, token->start, "has too many digits");
            return;
        }
        if (*c != '_')
            text[length++] = *c;
    }
    text[length] = 0;
    if (!tb_number_parse(text, &end, &token->real) || *end)
        fail_number(lexer, token->start, "is no number of 64 bits");
}

/* The fraction and the exponent behind the first digits; false without. */
static bool skip_fraction(tb_lexer *lexer)
{
    bool found = tb_lexer_byte(lexer, 0) == '.';
    if (found) {
        lexer->at++;
        skip_digits(lexer, 10);
    }
    int sign = tb_lexer_byte(lexer, 1);
    size_t ahead = sign == '+' || sign == '-' ? 2 : 1;
    int digit = tb_lexer_byte(lexer, ahead);
    if ((tb_lexer_byte(lexer, 0) | 32) != 'e' || digit < '0' || digit > '9')
        return found;
    lexer->at += ahead;
    skip_digits(lexer, 10);
    return true;
}

void tb_literal_number(tb_lexer *lexer, tb_token *token)
{
    int base = base_of(lexer);
    const char *digits = lexer->at + (base == 10 ? 0 : 2);
    lexer->at = digits;
    skip_digits(lexer, base);
    bool real = base == 10 && skip_fraction(lexer);
    int next = tb_lexer_byte(lexer, 0);
    if (base == 10 && (next == 'j' || next == 'J')) {
        read_real(lexer, token, TB_TOKEN_COMPLEX);
        lexer->at++;
    } else if (real)
        read_real(lexer, token, TB_TOKEN_FLOAT);
    else
        read_integer(lexer, token, digits, base);
    next = tb_lexer_byte(lexer, 0);
    if (next == '_' || (next > 0 && next < 128 && isalnum(next))) {
        lexer->at++;
        fail_number(lexer, token->start, "is not a number");
    }
}

/* ---- strings ---- */

/* A string while it is read: at `lexer->at` behind the opening quotes. */
typedef struct quoted {
    char quote;
    size_t quotes; /* 1, or 3 */
    int line;      /* where it begins */
    size_t length; /* of the text so far, in `lexer->bytes` */
} quoted;

static void put(tb_lexer *lexer, quoted *string, unsigned value)
{
    lexer->bytes[string->length++] = (char)value;
}

static void put_utf8(tb_lexer *lexer, quoted *string, unsigned long value)
{
    if (value < 0x80) {
        put(lexer, string, (unsigned)value);
        return;
    }
    int more = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    put(lexer, string, lead[more] | (unsigned)(value >> (6 * more)));
    while (more--)
        put(lexer, string, 0x80 | (unsigned)(value >> (6 * more) & 0x3f));
}

/* `digits` hexadecimal digits; -1 when there are fewer. */
static long read_hex(tb_lexer *lexer, int digits)
{
    long value = 0;
    for (int i = 0; i < digits; i++) {
        int c = tb_lexer_byte(lexer, 0);
        if (c < 0 || !isxdigit(c))
            return -1;
        value = 16 * value + digit_value((char)c);
        lexer->at++;
    }
    return value;
}

static long read_octal(tb_lexer *lexer)
{
    long value = 0;
    for (int i = 0; i < 3; i++) {
        int c = tb_lexer_byte(lexer, 0);
        if (c < '0' || c > '7')
            break;
        value = 8 * value + c - '0';
        lexer->at++;
    }
    return value;
}

/* What one letter behind a backslash means, or 0. */
static int simple_escape(int c)
{
    static const char letters[] = "abfnrtv\\'\"";
    static const char meanings[] = "\a\b\f\n\r\t\v\\'\"";
    const char *found = c > 0 ? strchr(letters, c) : NULL;
    return found ? meanings[found - letters] : 0;
}

static void read_code_point(tb_lexer *lexer, quoted *string, int digits)
{
    long value = read_hex(lexer, digits);
    if (value < 0 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "A string has a character behind \\u that does not "
                      "exist.");
    else
        put_utf8(lexer, string, (unsigned long)value);
}

/* PyTorch writes every byte that is not ASCII as \ooo, so numbers are bytes and
   not characters, as they were in Python. */
static void read_byte(tb_lexer *lexer, quoted *string, long value)
{
    if (value < 0 || value > 255)
        tb_lexer_fail(lexer, TB_ERR_FORMAT, lexer->line,
                      "A string has a byte that does not exist behind a "
                      "backslash.");
    else
        put(lexer, string, (unsigned)value);
}

static void read_escape(tb_lexer *lexer, quoted *string)
{
    int c = tb_lexer_byte(lexer, 1), simple = simple_escape(c);
    lexer->at++;
    if (c >= '0' && c <= '7') {
        read_byte(lexer, string, read_octal(lexer));
        return;
    }
    if (c < 0)
        return;
    lexer->at++;
    if (simple)
        put(lexer, string, (unsigned)simple);
    else if (c == '\n')
        lexer->line++;
    else if (c == 'x')
        read_byte(lexer, string, read_hex(lexer, 2));
    else if (c == 'u' || c == 'U')
        read_code_point(lexer, string, c == 'u' ? 4 : 8);
    else {
        put(lexer, string, '\\');
        put(lexer, string, (unsigned)c);
    }
}

static size_t count_quotes(const tb_lexer *lexer, int quote)
{
    bool three = tb_lexer_byte(lexer, 0) == quote &&
                 tb_lexer_byte(lexer, 1) == quote &&
                 tb_lexer_byte(lexer, 2) == quote;
    return three ? 3 : tb_lexer_byte(lexer, 0) == quote;
}

static bool is_closed(const tb_lexer *lexer, const quoted *string)
{
    return count_quotes(lexer, string->quote) >= string->quotes;
}

/* No character and no escape becomes more than 8 bytes. */
static void read_text(tb_lexer *lexer, quoted *string)
{
    while (lexer->status == TB_OK && !is_closed(lexer, string)) {
        int c = tb_lexer_byte(lexer, 0);
        if (c < 0 || (c == '\n' && string->quotes == 1)) {
            tb_lexer_fail(lexer, TB_ERR_FORMAT, string->line,
                          "A string is opened but not closed.");
            return;
        }
        if (!tb_lexer_room(lexer, string->length + 8))
            return;
        lexer->line += c == '\n';
        if (c == '\\')
            read_escape(lexer, string);
        else {
            put(lexer, string, (unsigned)c);
            lexer->at++;
        }
    }
}

void tb_literal_string(tb_lexer *lexer, tb_token *token)
{
    quoted string = {.quote = *lexer->at, .line = lexer->line};
    string.quotes = count_quotes(lexer, string.quote);
    lexer->at += string.quotes;
    read_text(lexer, &string);
    if (lexer->status != TB_OK)
        return;
    lexer->at += string.quotes;
    token->kind = TB_TOKEN_STRING;
    token->text_length = string.length;
    token->text = tb_syntax_intern(
        lexer->syntax, string.length ? lexer->bytes : "", string.length);
    if (!token->text)
        tb_lexer_fail_memory(lexer);
}
