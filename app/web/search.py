"""One box for everything: posts, articles and products whose title or name holds the words."""

from typing import Any

from sqlalchemy import Select, or_, select

from app.articles.models import Article
from app.catalogue.models import Product
from app.core.database import session
from app.posts.models import Post

EACH = 8


def find(workspace: Any, words: str) -> list[dict[str, str]]:
    """Up to eight posts, articles and products each, newest first: kind, title, href."""
    if not words:
        return []
    for mark in ("\\", "%", "_"):
        words = words.replace(mark, f"\\{mark}")
    like = f"%{words}%"
    posts = _matching(Post, workspace, like, Post.title, Post.text).order_by(Post.updated_at.desc())
    articles = _matching(Article, workspace, like, Article.title, Article.summary).order_by(Article.shown_at.desc())
    products = _matching(Product, workspace, like, Product.name, Product.sku).order_by(Product.name)
    return [
        *({"kind": "post", "title": post.first_line, "href": f"/posts/{post.id}"} for post in session.scalars(posts)),
        *({"kind": "article", "title": one.title, "href": f"/articles/{one.id}"} for one in session.scalars(articles)),
        *({"kind": "product", "title": one.name, "href": f"/products/{one.id}"} for one in session.scalars(products)),
    ]  # fmt: skip


def _matching(kind: Any, workspace: Any, like: str, *columns: Any) -> Select[Any]:
    found = or_(*(column.ilike(like) for column in columns))
    return select(kind).where(kind.workspace_id == workspace.id, found).limit(EACH)
