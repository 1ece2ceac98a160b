#include "torchscript/token.h"

#include <stdio.h>

static const char *const spellings[TB_TOKENS] = {
    [TB_TOKEN_AND] = "and",
    [TB_TOKEN_AS] = "as",
    [TB_TOKEN_ASSERT] = "assert",
    [TB_TOKEN_BREAK] = "break",
    [TB_TOKEN_CLASS] = "class",
    [TB_TOKEN_CONTINUE] = "continue",
    [TB_TOKEN_DEF] = "def",
    [TB_TOKEN_DEL] = "del",
    [TB_TOKEN_ELIF] = "elif",
    [TB_TOKEN_ELSE] = "else",
    [TB_TOKEN_FALSE] = "False",
    [TB_TOKEN_FOR] = "for",
    [TB_TOKEN_IF] = "if",
    [TB_TOKEN_IN] = "in",
    [TB_TOKEN_IS] = "is",
    [TB_TOKEN_NONE] = "None",
    [TB_TOKEN_NOT] = "not",
    [TB_TOKEN_OR] = "or",
    [TB_TOKEN_PASS] = "pass",
    [TB_TOKEN_RAISE] = "raise",
    [TB_TOKEN_RETURN] = "return",
    [TB_TOKEN_TRUE] = "True",
    [TB_TOKEN_WHILE] = "while",
    [TB_TOKEN_WITH] = "with",
    [TB_TOKEN_OPEN_PAREN] = "(",
    [TB_TOKEN_CLOSE_PAREN] = ")",
    [TB_TOKEN_OPEN_BRACKET] = "[",
    [TB_TOKEN_CLOSE_BRACKET] = "]",
    [TB_TOKEN_OPEN_BRACE] = "{",
    [TB_TOKEN_CLOSE_BRACE] = "}",
    [TB_TOKEN_COMMA] = ",",
    [TB_TOKEN_COLON] = ":",
    [TB_TOKEN_SEMICOLON] = ";",
    [TB_TOKEN_DOT] = ".",
    [TB_TOKEN_ELLIPSIS] = "...",
    [TB_TOKEN_ARROW] = "->",
    [TB_TOKEN_ASSIGN] = "=",
    [TB_TOKEN_EQ] = "==",
    [TB_TOKEN_NE] = "!=",
    [TB_TOKEN_LT] = "<",
    [TB_TOKEN_LE] = "<=",
    [TB_TOKEN_GT] = ">",
    [TB_TOKEN_GE] = ">=",
    [TB_TOKEN_PLUS] = "+",
    [TB_TOKEN_MINUS] = "-",
    [TB_TOKEN_STAR] = "*",
    [TB_TOKEN_SLASH] = "/",
    [TB_TOKEN_PERCENT] = "%",
    [TB_TOKEN_AT] = "@",
    [TB_TOKEN_AMPERSAND] = "&",
    [TB_TOKEN_BAR] = "|",
    [TB_TOKEN_CARET] = "^",
    [TB_TOKEN_TILDE] = "~",
    [TB_TOKEN_POWER] = "**",
    [TB_TOKEN_FLOOR_DIV] = "//",
    [TB_TOKEN_SHIFT_LEFT] = "<<",
    [TB_TOKEN_SHIFT_RIGHT] = ">>",
    [TB_TOKEN_PLUS_ASSIGN] = "+=",
    [TB_TOKEN_MINUS_ASSIGN] = "-=",
    [TB_TOKEN_STAR_ASSIGN] = "*=",
    [TB_TOKEN_SLASH_ASSIGN] = "/=",
    [TB_TOKEN_PERCENT_ASSIGN] = "%=",
    [TB_TOKEN_AT_ASSIGN] = "@=",
    [TB_TOKEN_AND_ASSIGN] = "&=",
    [TB_TOKEN_OR_ASSIGN] = "|=",
    [TB_TOKEN_XOR_ASSIGN] = "^=",
    [TB_TOKEN_POWER_ASSIGN] = "**=",
    [TB_TOKEN_FLOOR_DIV_ASSIGN] = "//=",
    [TB_TOKEN_LEFT_ASSIGN] = "<<=",
    [TB_TOKEN_RIGHT_ASSIGN] = ">>=",
};

/* Signs of several characters: what a shorter one becomes before another. */
static const struct {
    uint8_t shorter, longer;
    char next;
} longer_signs[] = {
    {TB_TOKEN_MINUS, TB_TOKEN_ARROW, '>'},
    {TB_TOKEN_ASSIGN, TB_TOKEN_EQ, '='},
    {TB_TOKEN_LT, TB_TOKEN_LE, '='},
    {TB_TOKEN_LT, TB_TOKEN_SHIFT_LEFT, '<'},
    {TB_TOKEN_GT, TB_TOKEN_GE, '='},
    {TB_TOKEN_GT, TB_TOKEN_SHIFT_RIGHT, '>'},
    {TB_TOKEN_STAR, TB_TOKEN_POWER, '*'},
    {TB_TOKEN_SLASH, TB_TOKEN_FLOOR_DIV, '/'},
    {TB_TOKEN_PLUS, TB_TOKEN_PLUS_ASSIGN, '='},
    {TB_TOKEN_MINUS, TB_TOKEN_MINUS_ASSIGN, '='},
    {TB_TOKEN_STAR, TB_TOKEN_STAR_ASSIGN, '='},
    {TB_TOKEN_SLASH, TB_TOKEN_SLASH_ASSIGN, '='},
    {TB_TOKEN_PERCENT, TB_TOKEN_PERCENT_ASSIGN, '='},
    {TB_TOKEN_AT, TB_TOKEN_AT_ASSIGN, '='},
    {TB_TOKEN_AMPERSAND, TB_TOKEN_AND_ASSIGN, '='},
    {TB_TOKEN_BAR, TB_TOKEN_OR_ASSIGN, '='},
    {TB_TOKEN_CARET, TB_TOKEN_XOR_ASSIGN, '='},
    {TB_TOKEN_POWER, TB_TOKEN_POWER_ASSIGN, '='},
    {TB_TOKEN_FLOOR_DIV, TB_TOKEN_FLOOR_DIV_ASSIGN, '='},
    {TB_TOKEN_SHIFT_LEFT, TB_TOKEN_LEFT_ASSIGN, '='},
    {TB_TOKEN_SHIFT_RIGHT, TB_TOKEN_RIGHT_ASSIGN, '='},
};

const char *tb_token_spelling(tb_token_kind kind)
{
    return spellings[kind];
}

tb_token_kind tb_token_of_sign(int character)
{
    switch (character) {
    case '(':
        return TB_TOKEN_OPEN_PAREN;
    case ')':
        return TB_TOKEN_CLOSE_PAREN;
    case '[':
        return TB_TOKEN_OPEN_BRACKET;
    case ']':
        return TB_TOKEN_CLOSE_BRACKET;
    case '{':
        return TB_TOKEN_OPEN_BRACE;
    case '}':
        return TB_TOKEN_CLOSE_BRACE;
    case ',':
        return TB_TOKEN_COMMA;
    case ':':
        return TB_TOKEN_COLON;
    case ';':
        return TB_TOKEN_SEMICOLON;
    case '.':
        return TB_TOKEN_DOT;
    case '=':
        return TB_TOKEN_ASSIGN;
    case '<':
        return TB_TOKEN_LT;
    case '>':
        return TB_TOKEN_GT;
    case '+':
        return TB_TOKEN_PLUS;
    case '-':
        return TB_TOKEN_MINUS;
    case '*':
        return TB_TOKEN_STAR;
    case '/':
        return TB_TOKEN_SLASH;
    case '%':
        return TB_TOKEN_PERCENT;
    case '@':
        return TB_TOKEN_AT;
    case '&':
        return TB_TOKEN_AMPERSAND;
    case '|':
        return TB_TOKEN_BAR;
    case '^':
        return TB_TOKEN_CARET;
    case '~':
        return TB_TOKEN_TILDE;
    default:
        return TB_TOKEN_END;
    }
}

tb_token_kind tb_token_lengthen(tb_token_kind kind, int next)
{
    if (next != '=' && next != '>' && next != '<' && next != '*' && next != '/')
        return kind;
    for (size_t i = 0; i < sizeof longer_signs / sizeof *longer_signs; i++)
        if (longer_signs[i].shorter == kind && longer_signs[i].next == next)
            return (tb_token_kind)longer_signs[i].longer;
    return kind;
}

void tb_token_describe(const tb_token *token, char text[64])
{
    static const char *const kinds[TB_TOKENS] = {
        [TB_TOKEN_END] = "the end of the file",
        [TB_TOKEN_LINE_END] = "the end of the line",
        [TB_TOKEN_INDENT] = "a line that is indented further",
        [TB_TOKEN_DEDENT] = "the end of the block",
        [TB_TOKEN_INT] = "a whole number",
        [TB_TOKEN_STRING] = "a string",
    };
    if (kinds[token->kind] && (!token->length || token->kind != TB_TOKEN_INT))
        snprintf(text, 64, "%s", kinds[token->kind]);
    else if (spellings[token->kind])
        snprintf(text, 64, "'%s'", spellings[token->kind]);
    else
        snprintf(text, 64, "'%.*s%s'",
                 (int)(token->length > 40 ? 40 : token->length), token->start,
                 token->length > 40 ? "..." : "");
}
