"""One box for everything: posts, articles and products whose title or name holds the words."""

from typing import Any

from sqlalchemy import or_, select

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
    posts = (
        select(Post)
        .where(Post.workspace_id == workspace.id, or_(Post.title.ilike(like), Post.text.ilike(like)))
        .order_by(Post.updated_at.desc())
    )
    articles = (
        select(Article)
        .where(
            Article.workspace_id == workspace.id, or_(Article.title.ilike(like), Article.summary.ilike(like))
        )
        .order_by(Article.published_at.desc())
    )
    products = (
        select(Product)
        .where(Product.workspace_id == workspace.id, or_(Product.name.ilike(like), Product.sku.ilike(like)))
        .order_by(Product.name)
    )
    return [
        *({"kind": "post", "title": post.first_line, "href": f"/posts/{post.id}"} for post in session.scalars(posts.limit(EACH))),
        *({"kind": "article", "title": article.title, "href": f"/articles/{article.id}"} for article in session.scalars(articles.limit(EACH))),
        *({"kind": "product", "title": product.name, "href": f"/products/{product.id}"} for product in session.scalars(products.limit(EACH))),
    ]  # fmt: skip
