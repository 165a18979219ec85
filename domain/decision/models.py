"""What the desk makes of news of its models: it remembers who votes, and a person hears of it."""

from domain.ai.model_news import ModelNews, ModelPromoted, ModelRolledBack
from domain.decision.messages import Page, Severity
from domain.decision.state import Turn


def heard(turn: Turn, news: ModelNews) -> None:
    """Write *news* down. Orders, stops and positions are none of its concern."""
    turn.said.append(news)
    match news:
        case ModelPromoted():
            _votes(turn, news.name, news.new)
            text = f"{news.name}: {news.new} votes instead of {news.old or 'nobody'}: {news.reason}"
            turn.asked.append(Page(turn.at_ms, Severity.INFO, text))
        case ModelRolledBack():
            _votes(turn, news.name, news.new)
            text = f"{news.name}: rolled back from {news.old} to {news.new}: {news.reason}"
            turn.asked.append(Page(turn.at_ms, Severity.WARNING, text))
        case _:
            pass


def _votes(turn: Turn, name: str, model: str) -> None:
    turn.oversee(models={**turn.oversight.models, name: model})
