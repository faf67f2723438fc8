"""What `make bench` holds its figures against: one table, and the command fails when a figure is over its floor.

Each floor is what the project showed when it was set, with a margin for a busy machine; to lower one is the aim,
to raise one takes a reason in the commit. Times are of the processor, so that other work on the machine does not count.
"""

from collections.abc import Iterator, Mapping

from rich.console import Console

_STOCK = "CPU to the stock Flask echo of the same body: "
FLOORS: Mapping[str, tuple[str, float]] = {
    "worst_to_stock_flask_echo": (f"{_STOCK}worst", 25.0),
    "worst_to_orjson_echo": ("CPU to the orjson echo of the same body: worst", 58.0),
    "unremarkable_to_stock_flask_echo": (f"{_STOCK}a chart with nothing that points to MMN", 1.7),
    "mmn_to_stock_flask_echo": (f"{_STOCK}a chart of MMN, 58 KB", 8.8),
    "small_to_stock_flask_echo": (f"{_STOCK}a small body of which all matters", 25.0),
    "order_select_to_stock_flask_echo": (f"{_STOCK}order-select", 10.2),
    "order_sign_to_stock_flask_echo": (f"{_STOCK}order-sign", 10.2),
    "authenticated_to_stock_flask_echo": (f"{_STOCK}a call with a signed token", 11.3),
    "chart_of_600_to_its_reading": ("600 resources of an ordinary chart: CPU to that of their strict reading", 0.32),
    "ten_sessions_to_one": ("CPU of ten sessions to that of one (linear: 10)", 6.5),
    "loopback_p99_to_p50": ("p99 to own p50, over loopback, worst", 4.0),
    "start_cpu_s": ("CPU from start to ready, s", 4.0),
    "worker_resident_mb": ("resident memory of the worker, MB", 121.0),
}


def held(console: Console, figures: Mapping[str, object]) -> bool:
    """Whether every figure that could be measured is within its floor; each is told."""
    verdicts = [_is_within(console, *each) for each in _measured(console, figures)]
    return all(verdicts)


def _measured(console: Console, figures: Mapping[str, object]) -> Iterator[tuple[str, float, float]]:
    for key, (what, floor) in FLOORS.items():
        figure = figures.get(key)
        if isinstance(figure, float):
            yield what, figure, floor
        else:
            console.print(f"[yellow]not measured[/]  {what}")


def _is_within(console: Console, what: str, figure: float, floor: float) -> bool:
    verdict = "[green]floor met    [/]" if figure <= floor else "[red]floor NOT met[/]"
    console.print(f"{verdict}  {what}: {figure:.2f} (floor {floor:g})")
    return figure <= floor
